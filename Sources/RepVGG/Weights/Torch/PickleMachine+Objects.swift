extension PickleMachine {
  /// The function or class that a module and a name mean.
  mutating func global(module: Int, name: Int) throws(RepVGGError) -> PickleValue {
    for text in [module, name] where heap.texts[text].utf8.count > TorchGlobal.nameByteLimit {
      throw malformed("a global with a name of \(heap.texts[text].utf8.count) bytes")
    }
    return .global(try heap.global(module: module, name: name))
  }

  /// Adds elements to a list; sets and other objects are not examined, so nothing is added to them.
  mutating func extend(
    _ target: PickleValue, with elements: some Collection<PickleValue>
  ) throws(RepVGGError) {
    switch target {
    case .list(let index): heap.append(elements, toList: index)
    case .opaque: break
    default: throw malformed("elements for what is no list")
    }
  }

  /// Sets items, alternately keys and values.
  mutating func set(
    _ items: some RandomAccessCollection<PickleValue>, in target: PickleValue
  ) throws(RepVGGError) {
    guard items.count.isMultiple(of: 2) else { throw malformed("a key without a value") }
    switch target {
    case .dictionary(let dictionary):
      var index = items.startIndex
      while index < items.endIndex {
        let next = items.index(after: index)
        heap.set(items[index], items[next], inDictionary: dictionary)
        index = items.index(after: next)
      }
    case .opaque: break
    default: throw malformed("items for what is no dictionary")
    }
  }

  /// Records the state of an object: one that holds `_modules` is a neural network.
  mutating func build(_ target: PickleValue, state: PickleValue) {
    guard case .opaque(let name) = target, case .dictionary(let index) = state else { return }
    guard !heap.moduleClasses.contains(name) else { return }
    let modules = heap.index(ofText: "_modules")
    let holdsModules = heap.dictionaries[index].prefix(64).contains { key, _ in
      if case .text(modules) = key { true } else { false }
    }
    if holdsModules { heap.moduleClasses.insert(name) }
  }

  /// The result of a call, for the known functions and classes.
  mutating func call(
    _ callee: PickleValue, _ arguments: PickleValue
  ) throws(RepVGGError) -> PickleValue {
    guard let values = heap.elements(arguments) else {
      throw malformed("a call without a tuple of arguments")
    }
    switch callee {
    case .opaque: return callee
    case .global(let index):
      // The same arguments give the same tensor, because what it is made of cannot have changed.
      guard case .tuple(let tuple) = arguments else { return try call(index, values) }
      if let known = tensorsByArguments[tuple], known.function == index {
        return .tensor(known.tensor)
      }
      let result = try call(index, values)
      if case .tensor(let tensor) = result { tensorsByArguments[tuple] = (index, tensor) }
      return result
    default: throw malformed("a call of what is no function")
    }
  }

  /// The object of a persistent identifier: a storage, or an object with its source code.
  mutating func persistent(_ identifier: PickleValue) throws(RepVGGError) -> PickleValue {
    if case .tuple(let tuple) = identifier, let known = storagesByIdentifier[tuple] {
      return .storage(known)
    }
    guard let slice = heap.elements(identifier), case .text(let sort)? = slice.first else {
      throw malformed("a persistent identifier of an unknown form")
    }
    let parts = Array(slice)
    // The legacy container stores the source of classes with them.
    if heap.texts[sort] == "module", parts.count > 1 { return parts[1] }
    guard heap.texts[sort] == "storage", parts.count >= 5, case .global(let global) = parts[1],
      case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw malformed("a persistent identifier of an unknown form") }
    let type: TorchStorageType =
      switch heap.globals[global].meaning {
      case .storageType(let type): type
      case .other: .unsupported(heap.path(ofGlobal: global), byteCount: nil)
      default: throw malformed("a storage of what is no storage class")
      }
    var storage = TorchStorage(key: key, type: type, count: count)
    if parts.count > 5, let slice = heap.elements(parts[5]) {
      let view = Array(slice)
      guard view.count == 3, case .integer(let offset) = view[1],
        case .integer(let viewCount) = view[2],
        offset >= 0, viewCount >= 0, offset <= count, viewCount <= count - offset
      else { throw malformed("a view that leaves its storage") }
      storage.viewOffset = offset
      storage.viewCount = viewCount
    }
    heap.storages.append(storage)
    if case .tuple(let tuple) = identifier {
      storagesByIdentifier[tuple] = heap.storages.count - 1
    }
    return .storage(heap.storages.count - 1)
  }

  private mutating func call(
    _ global: Int, _ slice: ArraySlice<PickleValue>
  ) throws(RepVGGError) -> PickleValue {
    // Only few arguments have a meaning.
    let arguments = Array(slice.prefix(16))
    switch heap.globals[global].meaning {
    case .dictionary:
      let dictionary = heap.newDictionary()
      // Python 2 wrote the items as a list of pairs.
      if let pairs = arguments.first.flatMap(heap.elements) {
        copiedItemCount += pairs.count
        // Every pair is copied once, unless the file is malicious.
        guard copiedItemCount <= heap.sequenceCount else {
          throw malformed("more than \(heap.sequenceCount) items")
        }
        for pair in pairs.compactMap(heap.elements) where pair.count == 2 {
          try set(pair, in: dictionary)
        }
      }
      return dictionary
    case .size:
      guard let sizes = arguments.first, heap.integerTuple(sizes) != nil else {
        throw malformed("a size that is no tuple of integers")
      }
      return sizes
    case .rebuildTensor, .rebuildTensorOfType:
      return try tensor(heap.globals[global].meaning, arguments)
    case .rebuildUnreadable(let form): return unreadableTensor(form, arguments)
    case .rebuildParameter:
      guard let tensor = arguments.first else { throw malformed("a parameter without a tensor") }
      return tensor
    case .rebuildFromType:
      // The class and its state do not affect the elements.
      guard arguments.count >= 3, case .global(let function) = arguments[0],
        let values = heap.elements(arguments[2])
      else { return .opaque(global) }
      switch heap.globals[function].meaning {
      case .rebuildTensor, .rebuildTensorOfType, .rebuildUnreadable:
        return try call(function, values)
      default: return .opaque(global)
      }
    case .storageType, .elementType, .other: return .opaque(global)
    }
  }

  private mutating func tensor(
    _ function: TorchGlobal, _ arguments: [PickleValue]
  ) throws(RepVGGError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let shape = heap.integerTuple(arguments[2]),
      let strides = heap.integerTuple(arguments[3])
    else { throw malformed("a tensor of an unknown form") }
    var tensor = TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
    if case .rebuildTensorOfType = function {
      guard arguments.count >= 7, case .global(let type) = arguments[6] else {
        throw malformed("a tensor without an element type")
      }
      switch heap.globals[type].meaning {
      case .elementType(let elementType): tensor.type = .typed(elementType)
      case .other: tensor.type = .unsupported(heap.path(ofGlobal: type), byteCount: nil)
      default: throw malformed("a tensor whose element type is none")
      }
    }
    return add(tensor)
  }

  /// A tensor of which only the shape is known, if it can be found.
  private mutating func unreadableTensor(
    _ form: TorchTensorForm, _ arguments: [PickleValue]
  ) -> PickleValue {
    // Either the layout comes first and indices, elements and shape second, or the shape is the
    // second or third argument.
    var candidates = arguments
    if form == .sparse, arguments.count > 1, let data = heap.elements(arguments[1]) {
      candidates = Array(data.prefix(16))
    }
    return add(TorchTensor(form: form, shape: candidates.lazy.compactMap(heap.integerTuple).first))
  }

  private mutating func add(_ tensor: TorchTensor) -> PickleValue {
    heap.tensors.append(tensor)
    return .tensor(heap.tensors.count - 1)
  }
}
