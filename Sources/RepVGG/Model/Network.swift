/// An architecture with its weights: blocks of linear expressions, and optionally a linear head.
///
/// A *branched* network is what was trained; ``reparameterized(cancellation:)`` gives the *plain*
/// one. Both are Networks, and a ``Plan`` runs either. Weights may still be in a file, which is kept open.
public struct Network: Sendable {
  /// Whether the blocks are as trained or already one convolution each.
  public enum State: String, Sendable, Hashable {
    /// Branches or batch norms as trained.
    case branched
    /// One convolution with bias per block.
    case plain
  }

  /// The shape of the network.
  public var architecture: Architecture
  /// Whether the blocks are as trained or already one convolution each.
  public var state: State
  /// The blocks in execution order.
  public var blocks: [Block]
  /// The classifier after global average pooling; nil for a backbone, which returns features.
  public var head: Linear?
  /// Where the weights came from.
  public var origin: Origin

  /// A network of blocks and an optional head.
  public init(
    architecture: Architecture, state: State, blocks: [Block], head: Linear?, origin: Origin
  ) {
    self.architecture = architecture
    self.state = state
    self.blocks = blocks
    self.head = head
    self.origin = origin
  }

  /// Every tensor of the network.
  public var tensors: [Tensor] {
    blocks.flatMap(\.tensors) + (head?.tensors ?? [])
  }

  /// The outputs for one image: the logits of the classes, or, for a backbone, the pooled channels
  /// of the last stage.
  public var outputCount: Int { head?.outputCount ?? architecture.featureChannels }

  /// Stored values: weights, biases, batch-norm parameters and statistics, gates and head.
  public var elementCount: Int { tensors.reduce(0) { $0 + $1.count } }

  /// Trained values: the stored ones without batch norms' running statistics.
  public var parameterCount: Int {
    elementCount - blocks.reduce(0) { $0 + $1.body.statisticsCount }
  }
}

/// One block: a linear expression, ReLU, and optionally a gate before or after it.
public struct Block: Sendable {
  /// Position and geometry.
  public var shape: Architecture.BlockShape
  /// The name of the block's features if it ends a stage: `stage0` … `stage4`, or
  /// `stage3_first` in RepVGGplus.
  public var featureName: String?
  /// The block before its activation.
  public var body: LinearExpression
  /// Squeeze and excitation, if any.
  public var gate: SqueezeExcitation?

  /// A block of an expression and an optional gate.
  public init(
    shape: Architecture.BlockShape, featureName: String? = nil, body: LinearExpression,
    gate: SqueezeExcitation? = nil
  ) {
    self.shape = shape
    self.featureName = featureName
    self.body = body
    self.gate = gate
  }

  /// Every tensor of the block.
  public var tensors: [Tensor] {
    body.tensors
      + (gate.map { $0.squeeze.tensors + $0.excite.tensors } ?? [])
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

/// A gate for every channel: `x * sigmoid(excite(relu(squeeze(mean(x)))))`.
///
/// The mean is over the whole image, whatever its shape.
public struct SqueezeExcitation: Sendable {
  /// Where the gate acts.
  public var placement: Architecture.Gate.Placement
  /// channels → squeezed channels.
  public var squeeze: Linear
  /// squeezed channels → channels.
  public var excite: Linear

  /// A gate with its placement and two linear maps.
  public init(placement: Architecture.Gate.Placement, squeeze: Linear, excite: Linear) {
    self.placement = placement
    self.squeeze = squeeze
    self.excite = excite
  }
}

/// The naming convention and block kind of a checkpoint.
public enum Family: String, Sendable, Hashable, CaseIterable {
  /// DingXiaoH/RepVGG: `stage1.0.rbr_dense.conv.weight`.
  case official
  /// DingXiaoH/RepVGG, RepVGGplus: `stage1.blocks.0.rbr_dense.conv.weight`.
  case repVGGplus = "repvggplus"
  /// huggingface/pytorch-image-models: `stages.0.0.conv_kxk.conv.weight`.
  case timm
  /// open-mmlab/mmpretrain: `backbone.stage_1.0.branch_3x3.conv.weight`.
  case mmpretrain
  /// DingXiaoH/RepOptimizers, the target: one convolution and one batch norm per block.
  case repOptTarget = "repopt-target"
  /// DingXiaoH/RepOptimizers, CSLA with constant or trainable scales (hyper-search).
  case repOptScaled = "repopt-scaled"
  /// DingXiaoH/RepOptimizers, its RepVGG baseline: `stage1.0.conv_3x3.weight`.
  case repOptBaseline = "repopt-baseline"
}

extension LinearExpression {
  /// Every tensor of the expression, in order.
  public var tensors: [Tensor] {
    switch self {
    case .convolution(let convolution):
      [convolution.kernel] + (convolution.bias.map { [$0] } ?? [])
    case .batchNorm(let norm): [norm.gamma, norm.beta, norm.mean, norm.variance]
    case .identity, .averagePool: []
    case .scale(let factors): [factors]
    case .sum(let parts), .sequence(let parts), .concatenation(let parts):
      parts.flatMap(\.tensors)
    }
  }
}
