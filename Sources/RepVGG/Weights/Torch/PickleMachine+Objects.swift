extension PickleMachine {
  /// What a module and a name mean here.
  func global(module: String, name: String) throws(RepVGGError) -> TorchGlobal {
    try TorchGlobal(module: module, name: name)
  }

  /// Adds elements to a list; to a set or other object, which is not looked into, nothing.
  mutating func extend(
    _ target: PickleValue, with elements: [PickleValue]
  ) throws(RepVGGError) {
    switch target {
    case .list(let index): heap.sequences[index] += elements
    case .opaque: break
    default: throw malformed("elements for what is no list")
    }
  }

  /// Sets items, alternately keys and values.
  mutating func set(_ items: [PickleValue], in target: PickleValue) throws(RepVGGError) {
    guard items.count.isMultiple(of: 2) else { throw malformed("a key without a value") }
    switch target {
    case .dictionary(let index):
      for start in stride(from: 0, to: items.count, by: 2) {
        heap.dictionaries[index].append((key: items[start], value: items[start + 1]))
      }
    case .opaque: break
    default: throw malformed("items for what is no dictionary")
    }
  }

  /// What a call would give, for the functions and classes that are known.
  mutating func call(
    _ callee: PickleValue, _ arguments: PickleValue
  ) throws(RepVGGError) -> PickleValue {
    guard let values = heap.elements(arguments) else {
      throw malformed("a call without a tuple of arguments")
    }
    switch callee {
    case .global(let global): return try call(global, values)
    case .opaque(let name): return .opaque(name)
    default: throw malformed("a call of what is no function")
    }
  }

  /// What a persistent identifier refers to: a storage, or an object with its source code.
  mutating func persistent(_ identifier: PickleValue) throws(RepVGGError) -> PickleValue {
    guard let parts = heap.elements(identifier), case .text(let sort)? = parts.first else {
      throw malformed("a persistent identifier of an unknown form")
    }
    // The legacy container keeps the source of classes beside them.
    if sort == "module", parts.count > 1 { return parts[1] }
    guard sort == "storage", parts.count >= 5, case .global(let global) = parts[1],
      case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw malformed("a persistent identifier of an unknown form") }
    let type: TorchStorageType =
      switch global {
      case .storageType(let type): type
      case .other(let name): .unsupported(name)
      default: throw malformed("a storage of what is no storage class")
      }
    var storage = TorchStorage(key: key, type: type, count: count)
    if parts.count > 5, let view = heap.elements(parts[5]) {
      guard view.count == 3, case .integer(let offset) = view[1],
        case .integer(let viewCount) = view[2],
        offset >= 0, viewCount >= 0, offset <= count, viewCount <= count - offset
      else { throw malformed("a view that leaves its storage") }
      storage.viewOffset = offset
      storage.viewCount = viewCount
    }
    heap.storages.append(storage)
    return .storage(heap.storages.count - 1)
  }

  private mutating func call(
    _ global: TorchGlobal, _ arguments: [PickleValue]
  ) throws(RepVGGError) -> PickleValue {
    switch global {
    case .dictionary:
      let dictionary = heap.newDictionary()
      // Python 2 wrote the items as a list of pairs.
      if let pairs = arguments.first.flatMap(heap.elements) {
        copiedItemCount += pairs.count
        guard copiedItemCount <= Self.instructionLimit else {
          throw malformed("more than \(Self.instructionLimit) items")
        }
        for pair in pairs.compactMap(heap.elements) where pair.count == 2 {
          try set(pair, in: dictionary)
        }
      }
      return dictionary
    case .size:
      guard let sizes = arguments.first, heap.integers(sizes) != nil else {
        throw malformed("a size that is no tuple of integers")
      }
      return sizes
    case .rebuildTensor, .rebuildTensorOfType: return try tensor(global, arguments)
    case .rebuildParameter:
      guard let tensor = arguments.first else { throw malformed("a parameter without a tensor") }
      return tensor
    case .rebuildFromType:
      // The class and its state do not change the elements.
      guard arguments.count >= 3, case .global(let function) = arguments[0],
        let values = heap.elements(arguments[2])
      else { return .opaque("torch._tensor._rebuild_from_type_v2") }
      switch function {
      case .rebuildTensor, .rebuildTensorOfType: return try tensor(function, values)
      default: return .opaque("torch._tensor._rebuild_from_type_v2")
      }
    case .storageType, .elementType: return .opaque("torch type")
    case .other(let name): return .opaque(name)
    }
  }

  private mutating func tensor(
    _ function: TorchGlobal, _ arguments: [PickleValue]
  ) throws(RepVGGError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let shape = heap.integers(arguments[2]),
      let strides = heap.integers(arguments[3])
    else { throw malformed("a tensor of an unknown form") }
    var tensor = TorchTensor(
      storage: storage, type: nil, offset: offset, shape: shape, strides: strides)
    if case .rebuildTensorOfType = function {
      guard arguments.count >= 7, case .global(let type) = arguments[6] else {
        throw malformed("a tensor without an element type")
      }
      switch type {
      case .elementType(let elementType): tensor.type = .typed(elementType)
      case .other(let name): tensor.type = .unsupported(name)
      default: throw malformed("a tensor whose element type is none")
      }
    }
    heap.tensors.append(tensor)
    return .tensor(heap.tensors.count - 1)
  }
}
