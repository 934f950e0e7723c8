/// A network: operations on images and vectors, each after those whose results it reads.
///
/// A *branched* network is what was trained: its linear operations are sums of branches with batch
/// norms. ``reparameterized(cancellation:)`` gives the *merged* one, where each is one convolution.
/// Both are Networks, and a ``Plan`` runs either. Weights may still be in a file, which is kept open.
public struct Network: Sendable {
  /// A node by its place in ``nodes``.
  public struct NodeID: Sendable, Hashable {
    /// Index in ``Network/nodes``.
    public let index: Int

    /// The node at an index.
    public init(_ index: Int) { self.index = index }
  }

  /// An operation, what it reads, and its name.
  public struct Node: Sendable {
    /// Unique in the network: `stage1.0`, `stage1.0 relu`, `head`.
    public var name: String
    /// What is computed.
    public var operation: Operation
    /// Nodes before this one, in the operation's order.
    public var inputs: [NodeID]

    /// A node that reads the results of earlier ones.
    public init(name: String, operation: Operation, inputs: [NodeID]) {
      self.name = name
      self.operation = operation
      self.inputs = inputs
    }
  }

  /// A result that the network gives, by its name.
  public struct Output: Sendable, Hashable {
    /// Unique among the outputs: `logits`, `pooled`, `stage3`.
    public var name: String
    /// The node whose result it is.
    public var node: NodeID

    /// The result of a node under a name.
    public init(name: String, node: NodeID) {
      self.name = name
      self.node = node
    }
  }

  /// The operations in an order of execution.
  public var nodes: [Node]
  /// What the network gives.
  ///
  /// A run returns the first; the others, the outputs of stages as a rule, are collected where
  /// ``PlanOptions/collectsFeatures`` asks for them.
  public var outputs: [Output]
  /// Where the weights came from.
  public var origin: Origin

  /// A network of nodes with named outputs.
  ///
  /// Whether they fit together is checked by ``shapes(height:width:)``, and so by every plan.
  public init(nodes: [Node], outputs: [Output], origin: Origin) {
    self.nodes = nodes
    self.outputs = outputs
    self.origin = origin
  }

  /// The node with an ID.
  public subscript(id: NodeID) -> Node {
    get { nodes[id.index] }
    set { nodes[id.index] = newValue }
  }
}

extension Network {
  /// Every tensor of the network.
  public var tensors: [Tensor] { nodes.flatMap(\.operation.tensors) }

  /// Stored values: weights, biases, batch-norm parameters and statistics.
  public var elementCount: Int { tensors.reduce(0) { $0 + $1.count } }

  /// Trained values: the stored ones without batch norms' running statistics.
  public var parameterCount: Int {
    elementCount
      - nodes.reduce(0) { $0 + ($1.operation.linearExpression?.statisticsCount ?? 0) }
  }

  /// Whether every linear operation is one convolution with a bias, so that nothing is left to merge.
  public var isMerged: Bool {
    nodes.compactMap(\.operation.linearExpression).allSatisfy { $0.convolutionWithBias != nil }
  }

  /// The form in which the weights are stored: `plain` for a merged network, else `branched`.
  public var form: Form { isMerged ? .plain : .branched }

  /// Channels of the images that the network takes; 0 for one without an input.
  public var inputChannels: Int {
    for node in nodes { if case .input(let type) = node.operation { return type.channels } }
    return 0
  }

  /// Elements that the first output has for each image or pixel: the classes, or, for a backbone,
  /// the pooled channels of the last stage.
  public var outputCount: Int {
    guard let output = outputs.first, nodes.indices.contains(output.node.index) else { return 0 }
    return channelCounts[output.node.index]
  }

  /// Number of classes: the first output's elements where it is that of a dense layer, 0 for a
  /// backbone.
  public var classCount: Int { head?.outputCount ?? 0 }

  /// The dense layer that gives the first output; nil for a backbone.
  public var head: Linear? {
    guard let output = outputs.first, nodes.indices.contains(output.node.index),
      case .dense(let linear) = self[output.node].operation
    else { return nil }
    return linear
  }
}

/// `y = W x + b`.
public struct Linear: Sendable {
  /// `[outputs, inputs]`, trailing dimensions of 1 allowed.
  public var weight: Tensor
  /// `[outputs]`, or nil for none.
  public var bias: Tensor?

  /// A linear map with a weight matrix and an optional bias.
  public init(weight: Tensor, bias: Tensor?) {
    self.weight = weight
    self.bias = bias
  }

  /// The weight, and the bias if there is one.
  public var tensors: [Tensor] { [weight] + (bias.map { [$0] } ?? []) }
  /// The number of outputs.
  public var outputCount: Int { weight.shape.first ?? 0 }
  /// The number of inputs.
  public var inputCount: Int { weight.shape.count > 1 ? weight.shape[1] : 0 }
}
