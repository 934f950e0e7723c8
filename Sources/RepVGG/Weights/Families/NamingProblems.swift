/// Everything that is wrong with a checkpoint's names and shapes, reported at once.
struct NamingProblems {
  var missing: [String] = []
  var unexpected: [String] = []
  private var others: [String] = []

  private var misshapen: Set<String> = []

  mutating func add(_ problem: String) { others.append(problem) }

  /// Adds what is wrong with a tensor's shape; only the first finding about a tensor counts.
  mutating func add(shapeOf tensor: Tensor, _ expectation: String) {
    guard misshapen.insert(tensor.name).inserted else { return }
    others.append("tensor '\(tensor.name)' has shape \(tensor.shape), \(expectation)")
  }

  func throwIfAny() throws(RepVGGError) {
    var parts = others
    if !missing.isEmpty {
      parts.append("missing: " + missing.sorted().joined(separator: ", "))
    }
    if !unexpected.isEmpty {
      parts.append("unexpected: " + unexpected.sorted().joined(separator: ", "))
    }
    guard !parts.isEmpty else { return }
    throw RepVGGError(.badData, "is not a complete network: " + parts.joined(separator: "; "))
  }
}
