/// Two networks computed in Float64 on the same inputs: how far the outputs differ, and where most.
package struct GraphComparison: Sendable {
  /// How far a result differs from its reference.
  package struct Difference: Sendable {
    /// The output or node.
    package var name: String
    package var shape: [Int]
    /// The largest absolute difference; infinite if a value is not finite in one of them.
    package var maximum: Double
    /// The largest absolute value of the reference.
    package var magnitude: Double
    /// `‖a - b‖ / ‖b‖`.
    package var relativeL2: Double

    /// The largest difference in units of the largest value.
    package var relativeMaximum: Double { maximum / max(magnitude, .leastNormalMagnitude) }
  }

  /// Each output, in the order of the reference.
  package var outputs: [Difference] = []
  /// The node of both that differs most from the reference, relative to its largest value; nil if
  /// they have no node of a name and shape in common.
  package var worstNode: Difference?

  /// Computes both networks.
  ///
  /// - Parameters:
  ///   - network: What is checked.
  ///   - reference: What it should compute; outputs are matched by name, or by place if the names
  ///     differ.
  ///   - inputs: A tensor for each input of the reference, by its name.
  ///   - cancellation: Checked between nodes.
  /// - Throws: `badData` if outputs have no counterpart or other shapes, and what the networks throw.
  package init(
    _ network: Network, against reference: Network, inputs: [String: ReferenceTensor],
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    let common = Set(reference.nodes.map { UTF8Name($0.name) })
      .intersection(network.nodes.map { UTF8Name($0.name) })
    var expectedNodes: [UTF8Name: ReferenceTensor] = [:]
    let expected = try ReferenceGraph(reference).outputs(inputs, cancellation: cancellation) {
      let name = UTF8Name($0.name)
      if common.contains(name), !$0.operation.isGiven { expectedNodes[name] = $1 }
    }
    var own = inputs
    // Inputs of other names are matched in order.
    for (mine, theirs) in zip(network.inputNames, reference.inputNames) where own[mine] == nil {
      own[mine] = inputs[theirs]
    }
    var worst: Difference?
    let actual = try ReferenceGraph(network).outputs(own, cancellation: cancellation) {
      guard let expected = expectedNodes.removeValue(forKey: UTF8Name($0.name)),
        expected.shape == $1.shape,
        let difference = Difference($0.name, $1, expected)
      else { return }
      if difference.relativeMaximum > worst?.relativeMaximum ?? -1 { worst = difference }
    }
    worstNode = worst
    for (index, output) in reference.outputs.enumerated() {
      let name =
        actual[output.name] != nil
        ? output.name
        : network.outputs.indices.contains(index) ? network.outputs[index].name : output.name
      guard let value = actual[name], let target = expected[output.name],
        value.shape == target.shape
      else {
        throw RepVGGError(
          .badData,
          "has no output '\(output.name.printable)' of shape \(expected[output.name]?.shape ?? [])",
          file: network.origin.file)
      }
      guard let difference = Difference(output.name, value, target) else { continue }
      outputs.append(difference)
    }
  }

  /// Compares the first output with stored values.
  ///
  /// - Throws: `badData` if their shape is another one, and what the network throws.
  package init(
    _ network: Network, inputs: [String: ReferenceTensor], expected: ReferenceTensor,
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    let actual = try ReferenceGraph(network).outputs(inputs, cancellation: cancellation)
    guard let name = network.outputs.first?.name, let value = actual[name],
      value.shape == expected.shape, let difference = Difference(name, value, expected)
    else {
      throw RepVGGError(
        .badData, "the stored values have shape \(expected.shape), the first output another one",
        file: network.origin.file)
    }
    outputs = [difference]
  }
}

extension GraphComparison.Difference {
  /// Nil for values that are not numbers of the same kind.
  package init?(_ name: String, _ actual: ReferenceTensor, _ expected: ReferenceTensor) {
    let (a, b): ([Double], [Double])
    switch (actual.elements, expected.elements) {
    case (.real(let left), .real(let right)): (a, b) = (left, right)
    case (.integer(let left), .integer(let right)):
      (a, b) = (left.map { Double($0) }, right.map { Double($0) })
    default: return nil
    }
    self.init(name: name, shape: expected.shape, maximum: 0, magnitude: 0, relativeL2: 0)
    var (difference, norm) = (0.0, 0.0)
    for (left, right) in zip(a, b) where left != right && !(left.isNaN && right.isNaN) {
      let delta = abs(left - right)
      maximum = max(maximum, delta.isFinite ? delta : .infinity)
      difference += delta * delta
    }
    for value in b where value.isFinite {
      magnitude = max(magnitude, abs(value))
      norm += value * value
    }
    relativeL2 =
      difference == 0 ? 0 : (difference / max(norm, .leastNormalMagnitude)).squareRoot()
    if relativeL2.isNaN || a.count != b.count { relativeL2 = .infinity }
  }
}

extension Network {
  /// The names of the inputs, in order.
  package var inputNames: [String] {
    nodes.compactMap { if case .input = $0.operation { $0.name } else { nil } }
  }
}

extension Network.Operation {
  /// Whether nothing is computed.
  fileprivate var isGiven: Bool {
    switch self {
    case .input, .constant: true
    default: false
    }
  }
}
