extension Network {
  /// A linear region with its activation and gate, as names of checkpoints, reports and training
  /// know it: `stage1.0`.
  package struct Block: Sendable {
    /// The node of the linear region.
    package let node: NodeID
    /// The number in the region's name: of `stage1.0` 1.
    package let stage: Int
    /// The second number in the region's name: of `stage1.0` 0.
    package let index: Int
    /// What the region computes.
    package let body: LinearExpression
    /// The convolution that the region reduces to.
    package let geometry: ConvolutionGeometry
    /// The squeeze and excitation, if any.
    package let gate: SqueezeExcitation?

    /// Whether the trained block can have an identity branch: stride 1 and equal widths.
    package var canHaveIdentity: Bool {
      geometry.stride == 1 && geometry.inputChannels == geometry.outputChannels
    }
  }

  /// The blocks of a network of stages, in order: linear regions with names such as `stage1.0` that
  /// reduce to one convolution.
  package var blocks: [Block] {
    let channels = channelCounts
    let readers = readers
    return nodes.enumerated().compactMap { index, node in
      guard case .linear(let expression) = node.operation, let source = node.inputs.first,
        let (stage, number) = Self.address(node.name),
        let geometry = try? expression.geometry(inputChannels: channels[source.index])
      else { return nil }
      return Block(
        node: NodeID(index), stage: stage, index: number, body: expression, geometry: geometry,
        gate: gate(after: index, readers))
    }
  }

  /// The nodes that read each node's result.
  package var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs where readers.indices.contains(input.index) {
        readers[input.index].append(index)
      }
    }
    return readers
  }

  /// The stage and number in a name such as `stage1.0`.
  private static func address(_ name: String) -> (Int, Int)? {
    guard name.hasPrefix("stage") else { return nil }
    let numbers = name.dropFirst(5).split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 2, let stage = Int(numbers[0]), let index = Int(numbers[1]) else {
      return nil
    }
    return (stage, index)
  }

  /// The gate that multiplies a node's result, or that of the ReLU after it.
  private func gate(after index: Int, _ readers: [[Int]]) -> SqueezeExcitation? {
    func gate(on index: Int, isBeforeReLU: Bool) -> SqueezeExcitation? {
      for reader in readers[index] {
        let node = nodes[reader]
        guard case .gate = node.operation, node.inputs.count == 2,
          node.inputs[0].index == index, let excite = dense(at: node.inputs[1], .sigmoid),
          let squeeze = dense(at: excite.source, .relu)
        else { continue }
        return SqueezeExcitation(
          isBeforeReLU: isBeforeReLU, squeeze: squeeze.linear, excite: excite.linear)
      }
      return nil
    }
    if let gate = gate(on: index, isBeforeReLU: true) { return gate }
    for reader in readers[index] {
      guard case .activation(.relu) = nodes[reader].operation else { continue }
      if let gate = gate(on: reader, isBeforeReLU: false) { return gate }
    }
    return nil
  }

  /// A dense layer with an activation after it, and what it reads.
  private func dense(
    at id: NodeID, _ activation: Activation
  ) -> (linear: Linear, source: NodeID)? {
    guard case .activation(activation) = self[id].operation, let input = self[id].inputs.first,
      case .dense(let linear) = self[input].operation, let source = self[input].inputs.first
    else { return nil }
    return (linear, source)
  }
}
