/// Appends nodes to a network, each after what it reads.
package struct NetworkBuilder {
  private(set) var nodes: [Network.Node] = []
  private(set) var outputs: [Network.Output] = []

  /// A node whose results are images, with their channels.
  struct Image {
    var node: Network.NodeID
    var channels: Int
  }

  /// Appends a node; returns its ID.
  @discardableResult
  mutating func append(
    _ name: String, _ operation: Network.Operation, _ inputs: Network.NodeID...
  ) -> Network.NodeID {
    append(name, operation, inputs: inputs)
  }

  /// Appends a node that reads a list of others; returns its ID.
  @discardableResult
  mutating func append(
    _ name: String, _ operation: Network.Operation, inputs: [Network.NodeID]
  ) -> Network.NodeID {
    nodes.append(Network.Node(name: name, operation: operation, inputs: inputs))
    return Network.NodeID(nodes.count - 1)
  }

  /// Makes a node's result an output, after the others.
  mutating func output(_ name: String, _ node: Network.NodeID) {
    outputs.append(Network.Output(name: name, node: node))
  }

  /// Appends a block of RepVGG's kind: a linear region, ReLU, and maybe a gate before or after it.
  mutating func appendBlock(
    _ name: String, _ body: LinearExpression, gate: SqueezeExcitation?, to source: Network.NodeID
  ) -> Network.NodeID {
    var value = append(name, .linear(body), source)
    if let gate, gate.isBeforeReLU { value = append(gate, name, to: value) }
    value = append(name + " relu", .activation(.relu), value)
    if let gate, !gate.isBeforeReLU { value = append(gate, name, to: value) }
    return value
  }

  /// `x * sigmoid(excite(relu(squeeze(mean(x)))))`.
  private mutating func append(
    _ gate: SqueezeExcitation, _ name: String, to value: Network.NodeID
  ) -> Network.NodeID {
    var vector = append(name + " gate mean", .globalMean, value)
    vector = append(name + " gate squeeze", .dense(gate.squeeze), vector)
    vector = append(name + " gate relu", .activation(.relu), vector)
    vector = append(name + " gate excite", .dense(gate.excite), vector)
    vector = append(name + " gate sigmoid", .activation(.sigmoid), vector)
    return append(name + " gate scale", .gate, value, vector)
  }

  /// Appends the global mean and the classifier; the logits, or for a backbone the means, become the
  /// first output.
  mutating func appendHead(_ head: Linear?, to value: Network.NodeID) {
    let pooled = append("pool", .globalMean, value)
    let output = head.map {
      Network.Output(name: "logits", node: append("head", .dense($0), pooled))
    }
    outputs.insert(output ?? Network.Output(name: "pooled", node: pooled), at: 0)
  }

  /// The network.
  func network(_ origin: Network.Origin) -> Network {
    Network(nodes: nodes, outputs: outputs, origin: origin)
  }
}

/// A gate for every channel: `x * sigmoid(excite(relu(squeeze(mean(x)))))`.
///
/// The mean is over the whole image, whatever its shape.
package struct SqueezeExcitation: Sendable {
  /// Whether the gate acts before the block's ReLU.
  package var isBeforeReLU: Bool
  /// channels → squeezed channels.
  package var squeeze: Linear
  /// squeezed channels → channels.
  package var excite: Linear

  package init(isBeforeReLU: Bool, squeeze: Linear, excite: Linear) {
    self.isBeforeReLU = isBeforeReLU
    self.squeeze = squeeze
    self.excite = excite
  }
}
