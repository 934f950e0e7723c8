/// Everything that is wrong with a checkpoint's names and shapes, reported at once.
struct NamingProblems {
  var missing: [String] = []
  var unexpected: [String] = []
  private var others: [String] = []

  private var misshapen: Set<TensorName> = []

  mutating func add(_ problem: String) { others.append(problem) }

  /// Adds what is wrong with a tensor's shape; only the first problem of a tensor counts.
  mutating func add(shapeOf tensor: Tensor, _ expectation: String) {
    guard misshapen.insert(TensorName(tensor.name)).inserted else { return }
    others.append(
      "tensor '\(tensor.name.printable)' has shape \(tensor.shape), \(expectation)")
  }

  /// Adds an error: what is missing or misshapen by the name of the tensor.
  mutating func add(_ error: RepVGGError, in block: String) {
    guard let tensor = error.tensor else {
      return add("block '\(block.printable)' \(error.reason)")
    }
    if error.reason == "is missing" {
      missing.append(tensor)
    } else if misshapen.insert(TensorName(tensor)).inserted {
      others.append("tensor '\(tensor.printable)' \(error.reason)")
    }
  }

  /// Throws `badData` with everything that was found.
  ///
  /// - Parameters:
  ///   - group: The group that was read.
  ///   - groups: All groups of the file.
  ///   - beside: Tensors that were not used; one of them may be what is missing.
  /// - Throws: If there is any problem.
  func throwIfAny(
    in group: Checkpoint.Group, of groups: [Checkpoint.Group], beside: [String]
  ) throws(RepVGGError) {
    var parts = Array(others.prefix(Self.listLimit))
    if others.count > parts.count { parts.append("\(others.count - parts.count) more of the kind") }
    if !missing.isEmpty { parts.append("missing: " + Self.list(missing)) }
    if !unexpected.isEmpty { parts.append("unexpected: " + Self.list(unexpected)) }
    guard !parts.isEmpty else { return }
    if !missing.isEmpty, !beside.isEmpty { parts.append("not used: " + Self.list(beside)) }
    if groups.count > 1 {
      let names = groups.map(\.name).filter { $0 != group.name }
      parts.append("this is its group '\(group.name.printable)', others are \(Self.list(names))")
    }
    let isIncomplete = !missing.isEmpty
    throw RepVGGError(
      .badData,
      "is not a \(isIncomplete ? "complete" : "known") network: " + parts.joined(separator: "; "))
  }

  /// How many names fit into a sentence.
  private static let listLimit = 8

  /// Names for a sentence: the first few in their order, and how many more there are.
  static func list(_ names: [String]) -> String {
    var first: [TensorName] = []
    for name in names.lazy.map({ TensorName($0) }) {
      if first.count == listLimit {
        guard let last = first.last, name < last else { continue }
        first.removeLast()
      }
      first.insert(name, at: first.firstIndex { name < $0 } ?? first.count)
    }
    let list = first.map { $0.text.printable }.joined(separator: ", ")
    return names.count > first.count ? list + " and \(names.count - first.count) more" : list
  }
}
