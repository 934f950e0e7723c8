/// A block without its activation: linear operators composed by `sum`, `sequence` and
/// `concatenation`.
///
/// Structural re-parameterization is the evaluation of such an expression to one convolution,
/// ``reduced(inputChannels:)``. RepVGG's block is a sum of three sequences; ACB, DBB, OREPA, RepOpt's
/// CSLA block, QARepVGG, MobileOne and the YOLO RepConv are other expressions over the same nodes.
public indirect enum LinearExpression: Sendable {
  /// A convolution, zero padded.
  case convolution(Convolution)
  /// Evaluation-mode batch normalization, `gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
  case batchNorm(BatchNorm)
  /// The input itself.
  case identity
  /// A factor per channel, `[channels]`, or a single one for all.
  case scale(Tensor)
  /// A summand per channel, `[channels]`, or a single one for all.
  case shift(Tensor)
  /// The mean of the pixels in a window.
  case averagePool(AveragePool)
  /// Zeros around the image; negative sides are cut off.
  case pad(Padding)
  /// Around the image, what the operators before it in its sequence give for an image of zeros.
  ///
  /// DBB pads so after a batch norm. Where nothing comes before it, these are zeros.
  case padWithImageOfZero(Padding)
  /// The sum of branches that read the same input.
  case sum([LinearExpression])
  /// Operators applied one after the other.
  case sequence([LinearExpression])
  /// Branches that read the same input; their channels are concatenated.
  case concatenation([LinearExpression])
}

extension LinearExpression {
  /// The operator; nil for what is composed of others.
  ///
  /// All that is known of an operator is in its own file: here it is only found.
  package var linearOperator: (any LinearOperator)? {
    switch self {
    case .convolution(let convolution): convolution
    case .batchNorm(let norm): norm
    case .identity: Identity()
    case .scale(let factors): ChannelScale(factors: factors)
    case .shift(let summands): ChannelShift(summands: summands)
    case .averagePool(let pool): pool
    case .pad(let padding): ZeroPadding(padding: padding)
    case .padWithImageOfZero(let padding): ImageOfZeroPadding(padding: padding)
    case .sum, .sequence, .concatenation: nil
    }
  }

  /// What a sum, sequence or concatenation consists of; empty for an operator.
  public var children: [LinearExpression] {
    switch self {
    case .sum(let parts), .sequence(let parts), .concatenation(let parts): parts
    default: []
    }
  }

  /// The operators of the expression, in order.
  public var operators: [LinearExpression] {
    let parts = children
    return parts.isEmpty ? [self] : parts.flatMap(\.operators)
  }

  /// Every tensor of the expression, in order.
  public var tensors: [Tensor] { operators.flatMap { $0.linearOperator?.tensors ?? [] } }

  /// Elements of running means and variances.
  var statisticsCount: Int {
    operators.reduce(0) { count, expression in
      (expression.linearOperator?.statistics ?? []).reduce(count) { $0 + $1.count }
    }
  }

  /// Whether the expression is one factor and one summand per channel.
  var isDiagonal: Bool {
    linearOperator.map { $0 is any ChannelwiseOperator }
      ?? {
        if case .concatenation = self { false } else { children.allSatisfy(\.isDiagonal) }
      }()
  }

  /// The convolution where the expression is one that has a bias: nothing is left to merge.
  package var convolutionWithBias: Convolution? {
    if case .convolution(let convolution) = self, convolution.bias != nil {
      convolution
    } else {
      nil
    }
  }
}
