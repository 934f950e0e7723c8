/// A block without its activation: linear operators composed by `sum`, `sequence` and
/// `concatenation`.
///
/// Structural re-parameterization is the evaluation of such an expression to one convolution,
/// ``reduced(inputChannels:)``. RepVGG's block is a sum of three sequences; RepOpt's CSLA
/// block, ACB, DBB, OREPA's result, QARepVGG and the YOLO RepConv are other expressions over
/// the same nodes.
public indirect enum LinearExpression: Sendable {
  /// A convolution, zero padded on all sides.
  case convolution(Convolution)
  /// Evaluation-mode batch normalization, `gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
  case batchNorm(BatchNorm)
  /// The input itself.
  case identity
  /// One factor per channel, `[channels]`.
  case scale(Tensor)
  /// Average over a square window; padding counts as zeros.
  case averagePool(size: Int, stride: Int, padding: Int)
  /// The sum of branches that read the same input.
  case sum([LinearExpression])
  /// Operators applied one after the other.
  case sequence([LinearExpression])
  /// Branches that read the same input; their channels are concatenated.
  case concatenation([LinearExpression])
}

extension LinearExpression {
  /// What a sum, sequence or concatenation consists of; empty for an operator.
  public var children: [LinearExpression] {
    switch self {
    case .convolution, .batchNorm, .identity, .scale, .averagePool: []
    case .sum(let parts), .sequence(let parts), .concatenation(let parts): parts
    }
  }

  /// The operators of the expression, in order.
  public var operators: [LinearExpression] {
    let parts = children
    return parts.isEmpty ? [self] : parts.flatMap(\.operators)
  }

  /// Every tensor of the expression, in order.
  public var tensors: [Tensor] {
    operators.flatMap { operation -> [Tensor] in
      switch operation {
      case .convolution(let convolution): convolution.tensors
      case .batchNorm(let norm): norm.tensors
      case .scale(let factors): [factors]
      case .identity, .averagePool, .sum, .sequence, .concatenation: []
      }
    }
  }

  /// Elements of running means and variances.
  var statisticsCount: Int {
    operators.reduce(0) {
      if case .batchNorm(let norm) = $1 { $0 + norm.mean.count + norm.variance.count } else { $0 }
    }
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

/// A convolution as stored in a checkpoint.
public struct Convolution: Sendable {
  /// `[outputChannels, inputChannels / groups, height, width]`, square kernels only.
  public var kernel: Tensor
  /// `[outputChannels]`, or nil for none.
  public var bias: Tensor?
  /// Step in both directions.
  public var stride: Int
  /// Rows and columns of zeros on every side.
  public var padding: Int
  /// Number of channel groups.
  public var groups: Int

  /// A convolution with a kernel; padding defaults to half the kernel size.
  public init(
    kernel: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int? = nil, groups: Int = 1
  ) {
    self.kernel = kernel
    self.bias = bias
    self.stride = stride
    self.padding = padding ?? (kernel.shape.last ?? 1) / 2
    self.groups = groups
  }

  /// Rows and columns of the kernel.
  public var kernelSize: Int { kernel.shape.last ?? 1 }
  /// Output channels.
  public var outputChannels: Int { kernel.shape.first ?? 0 }
  /// The kernel, and the bias if there is one.
  public var tensors: [Tensor] { [kernel] + (bias.map { [$0] } ?? []) }
}

/// Batch normalization with its running statistics, all tensors `[channels]`.
public struct BatchNorm: Sendable {
  /// The value that PyTorch, timm and mmpretrain use; it is not stored in checkpoints.
  public static let defaultEpsilon = 1e-5

  /// Scale, `weight` in PyTorch.
  public var gamma: Tensor
  /// Shift, `bias` in PyTorch.
  public var beta: Tensor
  /// Running mean.
  public var mean: Tensor
  /// Running variance.
  public var variance: Tensor
  /// Added to the variance before the square root.
  public var epsilon: Double

  /// Batch normalization from four tensors of the same length.
  public init(
    gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor,
    epsilon: Double = BatchNorm.defaultEpsilon
  ) {
    self.gamma = gamma
    self.beta = beta
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  /// Scale, shift, mean and variance.
  public var tensors: [Tensor] { [gamma, beta, mean, variance] }

  /// The same function as one factor and one summand per channel, in Float64.
  ///
  /// `factor = gamma / sqrt(variance + epsilon)`, `summand = beta - mean * factor`
  /// (RepVGG, equation 3).
  ///
  /// - Throws: `badData` for values that are not finite and for a negative variance.
  public func affine() throws(RepVGGError) -> (factor: [Double], summand: [Double]) {
    let gamma = try gamma.finiteDoubles()
    let beta = try beta.finiteDoubles()
    let mean = try mean.finiteDoubles()
    let variances = try variance.finiteDoubles()
    let count = gamma.count
    guard beta.count == count, mean.count == count, variances.count == count else {
      throw RepVGGError(
        .badData, "batch norm tensors differ in length", tensor: self.gamma.name)
    }
    var factor = [Double](repeating: 0, count: count)
    var summand = factor
    for channel in 0..<count {
      guard variances[channel] >= 0, variances[channel] + epsilon > 0 else {
        throw RepVGGError(
          .badData,
          "channel \(channel) has variance \(variances[channel]), which cannot be: variances are not negative",
          tensor: variance.name)
      }
      factor[channel] = gamma[channel] / (variances[channel] + epsilon).squareRoot()
      summand[channel] = beta[channel] - mean[channel] * factor[channel]
    }
    return (factor, summand)
  }
}

extension Tensor {
  /// All elements as Float64.
  ///
  /// - Throws: `badData` if an element is NaN or infinite.
  package func finiteDoubles() throws(RepVGGError) -> [Double] {
    let values = try doubles()
    // One pass without branches: x * 0 is NaN only for NaN and infinities.
    var probe = 0.0
    for value in values { probe += value * 0 }
    guard probe == 0 else {
      let index = values.firstIndex { !$0.isFinite } ?? 0
      throw RepVGGError(
        .badData, "element \(index) is \(values[index]), weights must be finite", tensor: name)
    }
    return values
  }
}
