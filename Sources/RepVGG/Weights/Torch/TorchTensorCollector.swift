/// Finds the tensors in a pickle's result and names each by its path, joined with dots.
struct TorchTensorCollector {
  /// How deeply dictionaries and lists may be nested.
  static let depthLimit = 64
  /// The longest name of a tensor, in bytes.
  static let nameByteLimit = 1024

  private let heap: PickleHeap
  /// The most values to examine: the same one may be reached by many paths, but not by all.
  private let visitLimit: Int
  private var visitCount = 0
  /// Containers on the way from the root to the current one, for finding cycles.
  private var openLists: Set<Int> = []
  private var openTuples: Set<Int> = []
  private var openDictionaries: Set<Int> = []
  private var names: Set<UTF8Name> = []
  /// Classes of objects that were not examined, with the path of the first one.
  private var opaquePaths: [Int: String] = [:]
  /// The paths of dictionaries that are a module's state: batch norms' statistics under names with
  /// dots; "" is the file's own.
  private(set) var states: [String] = []
  /// How many states are told apart.
  static let stateLimit = 17
  /// The tensors in the order in which the file has them.
  private(set) var tensors: [(name: String, tensor: TorchTensor)] = []

  /// Collects the tensors of a pickle's result.
  ///
  /// - Throws: `badData` for cycles, names that occur twice and excessive nesting; `unsupported` if
  ///   the result is not a dictionary of tensors.
  init(root: PickleValue, heap: PickleHeap) throws(RepVGGError) {
    self.heap = heap
    visitLimit = 1 << 16 + 8 * heap.elementCount
    switch root {
    case .dictionary: try visit(root, path: nil, depth: 0)
    case .list, .tuple: try visitSequence(root)
    case .opaque(let name): opaquePaths[name] = ""
    case .tensor(let index):
      let shape = heap.tensors[index].shape.map { " of shape \(heap.integers(ofTuple: $0))" }
      throw RepVGGError(
        .unsupported, "holds one tensor\(shape ?? ""), not a network; save model.state_dict()")
    default:
      throw RepVGGError(
        .unsupported, "holds no dictionary of tensors; save model.state_dict()")
    }
    if tensors.isEmpty, let obstacle { throw obstacle }
  }

  /// Why a network may be missing among the tensors: objects that were not examined.
  var obstacle: RepVGGError? {
    let modules = opaquePaths.filter { heap.moduleClasses.contains($0.key) }
    // Of several, the one with the shortest path: the saved object, not one that it holds.
    let first = (modules.isEmpty ? opaquePaths : modules).min {
      ($0.value.utf8.count, $0.key) < ($1.value.utf8.count, $1.key)
    }
    guard let first else { return nil }
    let name = heap.path(ofGlobal: first.key)
    let place = first.value.isEmpty ? "" : " under '\(first.value.printable)'"
    if !modules.isEmpty {
      return RepVGGError(
        .unsupported, "holds a whole module\(place) (\(name)); save model.state_dict() instead")
    }
    guard !name.hasPrefix("numpy.") else {
      return RepVGGError(
        .unsupported, "holds NumPy arrays\(place); save tensors (torch.from_numpy)")
    }
    return RepVGGError(
      .unsupported,
      "holds an object of \(name)\(place) instead of tensors; save model.state_dict()")
  }

  /// A list or tuple that was saved directly: its named elements are what was meant.
  private mutating func visitSequence(_ root: PickleValue) throws(RepVGGError) {
    guard let elements = heap.elements(root) else { return }
    let tensorCount = elements.count { if case .tensor = $0 { true } else { false } }
    guard tensorCount == 0 else {
      throw RepVGGError(
        .unsupported,
        "holds a list of \(tensorCount) tensors without names; save model.state_dict()")
    }
    let dictionaries = elements.filter { if case .dictionary = $0 { true } else { false } }
    // One dictionary among other things needs no number before its names.
    if dictionaries.count == 1, let dictionary = dictionaries.first {
      for element in elements { _ = leadsOn(element, path: nil) }
      try visit(dictionary, path: nil, depth: 1)
      if !tensors.isEmpty { return }
    }
    try visit(root, path: nil, depth: 0)
    guard tensors.isEmpty, opaquePaths.isEmpty else { return }
    throw RepVGGError(
      .unsupported, "holds a list without tensors; save model.state_dict()")
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
      var isState = false
      for (key, item) in heap.dictionaries[index] {
        let name: String
        switch key {
        case .text(let text): name = heap.texts[text]
        case .integer(let number): name = String(number)
        default: continue
        }
        guard leadsOn(item, path: path.map { "\($0).\(name)" } ?? name) else { continue }
        if case .tensor = item, !isState {
          isState = name.utf8.reversed().starts(with: ".running_var".utf8.reversed())
        }
        try visit(item, path: Self.join(path, name), depth: depth + 1)
      }
      openDictionaries.remove(index)
      if isState, states.count < Self.stateLimit { states.append(path ?? "") }
    case .list(let index):
      guard openLists.insert(index).inserted else { throw Self.cycle(path) }
      try visit(heap.lists[index][...], path: path, depth: depth)
      openLists.remove(index)
    case .tuple(let index):
      guard openTuples.insert(index).inserted else { throw Self.cycle(path) }
      try visit(heap.elements(ofTuple: index), path: path, depth: depth)
      openTuples.remove(index)
    default: break
    }
  }

  private mutating func visit(
    _ elements: ArraySlice<PickleValue>, path: String?, depth: Int
  ) throws(RepVGGError) {
    try countVisits(elements.count)
    for (position, element) in elements.enumerated() where leadsOn(element, path: path) {
      try visit(element, path: Self.join(path, String(position)), depth: depth + 1)
    }
  }

  private mutating func countVisits(_ count: Int) throws(RepVGGError) {
    visitCount += count + 1
    guard visitCount <= visitLimit else {
      throw RepVGGError(.unsupported, "holds more than \(visitLimit) values")
    }
  }

  private mutating func collect(_ tensor: TorchTensor, name: String) throws(RepVGGError) {
    guard tensors.count < Checkpoint.tensorLimit else {
      throw RepVGGError(.unsupported, "holds more than \(Checkpoint.tensorLimit) tensors")
    }
    guard names.insert(UTF8Name(name)).inserted else {
      throw RepVGGError(.badData, "the name occurs twice").inTensor(name)
    }
    tensors.append((name, tensor))
  }

  /// Whether a value may hold a tensor; records objects that might have held one.
  private mutating func leadsOn(_ value: PickleValue, path: @autoclosure () -> String?) -> Bool {
    switch value {
    case .tensor: return true
    case .dictionary(let index): return !heap.dictionaries[index].isEmpty
    case .list(let index): return !heap.lists[index].isEmpty
    case .tuple(let index): return !heap.elements(ofTuple: index).isEmpty
    case .opaque(let name):
      if opaquePaths[name] == nil, opaquePaths.count < 1000 { opaquePaths[name] = path() ?? "" }
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
