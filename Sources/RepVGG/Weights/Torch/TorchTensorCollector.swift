/// Finds the tensors in what a pickle made and names each by its path, joined with dots.
struct TorchTensorCollector {
  /// How deep dictionaries and lists may lie in each other.
  static let depthLimit = 64
  /// The longest name of a tensor, in bytes.
  static let nameByteLimit = 1024
  static let tensorLimit = 1 << 17
  /// The most values to look at; the same one may be reached by many paths.
  static let visitLimit = 1 << 22

  private let heap: PickleHeap
  private var visitCount = 0
  /// Containers on the way from the root to the current one, to find cycles.
  private var openSequences: Set<Int> = []
  private var openDictionaries: Set<Int> = []
  /// Classes of objects that were not looked into.
  private var opaqueNames: Set<String> = []
  private(set) var tensors: [String: TorchTensor] = [:]

  /// Collects the tensors below a pickle's result.
  ///
  /// - Throws: `badData` for cycles, names that occur twice and data nested without measure;
  ///   `unsupported` where the result is an object instead of a dictionary of tensors.
  init(root: PickleValue, heap: PickleHeap) throws(RepVGGError) {
    self.heap = heap
    switch root {
    case .dictionary, .list, .tuple: try visit(root, path: nil, depth: 0)
    case .opaque(let name):
      throw Self.wholeObject(name)
    default:
      throw RepVGGError(.unsupported, "holds no dictionary of tensors; save a state_dict()")
    }
    if tensors.isEmpty, let name = opaqueNames.min() { throw Self.wholeObject(name) }
  }

  private static func wholeObject(_ name: String) -> RepVGGError {
    RepVGGError(
      .unsupported,
      "holds an object of \(name.printable) instead of tensors; save the model's state_dict()")
  }

  private mutating func visit(
    _ value: PickleValue, path: String?, depth: Int
  ) throws(RepVGGError) {
    guard depth <= Self.depthLimit else {
      throw RepVGGError(.badData, "is nested more than \(Self.depthLimit) levels deep")
    }
    switch value {
    case .tensor(let index):
      try collect(heap.tensors[index], name: path ?? "")
    case .dictionary(let index):
      guard openDictionaries.insert(index).inserted else { throw Self.cycle(path) }
      try countVisits(heap.dictionaries[index].count)
      for (key, item) in heap.dictionaries[index] where leadsOn(item) {
        switch key {
        case .text(let name):
          try visit(item, path: Self.join(path, name), depth: depth + 1)
        case .integer(let number):
          try visit(item, path: Self.join(path, String(number)), depth: depth + 1)
        default: break
        }
      }
      openDictionaries.remove(index)
    case .list(let index), .tuple(let index):
      guard openSequences.insert(index).inserted else { throw Self.cycle(path) }
      try countVisits(heap.sequences[index].count)
      for (position, element) in heap.sequences[index].enumerated() where leadsOn(element) {
        try visit(element, path: Self.join(path, String(position)), depth: depth + 1)
      }
      openSequences.remove(index)
    default: break
    }
  }

  private mutating func countVisits(_ count: Int) throws(RepVGGError) {
    visitCount += count + 1
    guard visitCount <= Self.visitLimit else {
      throw RepVGGError(.unsupported, "holds more than \(Self.visitLimit) values")
    }
  }

  private mutating func collect(_ tensor: TorchTensor, name: String) throws(RepVGGError) {
    guard tensors.count < Self.tensorLimit else {
      throw RepVGGError(.unsupported, "holds more than \(Self.tensorLimit) tensors")
    }
    guard tensors.updateValue(tensor, forKey: name) == nil else {
      throw RepVGGError(.badData, "the name occurs twice").inTensor(name)
    }
  }

  /// Whether there may be a tensor in a value; notes objects that might have held one.
  private mutating func leadsOn(_ value: PickleValue) -> Bool {
    switch value {
    case .tensor, .dictionary, .list, .tuple: return true
    case .opaque(let name):
      opaqueNames.insert(name)
      return false
    default: return false
    }
  }

  private static func join(_ path: String?, _ name: String) throws(RepVGGError) -> String {
    let joined = path.map { "\($0).\(name)" } ?? name
    guard joined.utf8.count <= nameByteLimit else {
      throw RepVGGError(.badData, "a name is longer than \(nameByteLimit) bytes").inTensor(joined)
    }
    return joined
  }

  private static func cycle(_ path: String?) -> RepVGGError {
    RepVGGError(.badData, "'\((path ?? "").printable)' contains itself")
  }
}
