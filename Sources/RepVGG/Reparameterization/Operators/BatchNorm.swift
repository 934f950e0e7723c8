/// Batch normalization with its running statistics, all tensors `[channels]`.
public struct BatchNorm: Sendable {
  /// The value that PyTorch, timm and mmpretrain use; it is not stored in checkpoints.
  public static let defaultEpsilon = 1e-5

  /// Scale, `weight` in PyTorch; nil for 1.
  public var gamma: Tensor?
  /// Shift, `bias` in PyTorch; nil for 0.
  public var beta: Tensor?
  /// Running mean.
  public var mean: Tensor
  /// Running variance.
  public var variance: Tensor
  /// Added to the variance before the square root.
  public var epsilon: Double

  /// Batch normalization from tensors of the same length; without scale and shift where it was
  /// trained with `affine=False`.
  public init(
    gamma: Tensor?, beta: Tensor?, mean: Tensor, variance: Tensor,
    epsilon: Double = BatchNorm.defaultEpsilon
  ) {
    self.gamma = gamma
    self.beta = beta
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  /// Scale and shift where there are any, mean and variance.
  public var tensors: [Tensor] { [gamma, beta, mean, variance].compactMap(\.self) }

  /// The same function as one factor and one summand per channel, in Float64.
  ///
  /// `factor = gamma / sqrt(variance + epsilon)`, `summand = beta - mean * factor`
  /// (RepVGG, equation 3).
  ///
  /// - Throws: `badData` for values that are not finite and for a negative variance.
  public func affine() throws(RepVGGError) -> (factor: [Double], summand: [Double]) {
    let mean = try mean.finiteDoubles()
    let variances = try variance.finiteDoubles()
    let count = mean.count
    let gamma = try gamma?.finiteDoubles() ?? [Double](repeating: 1, count: count)
    let beta = try beta?.finiteDoubles() ?? [Double](repeating: 0, count: count)
    guard beta.count == count, gamma.count == count, variances.count == count else {
      throw RepVGGError(
        .badData, "batch norm tensors differ in length", tensor: self.mean.name)
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

extension BatchNorm: ChannelwiseOperator {
  package var label: String { "batchnorm" }
  package var statistics: [Tensor] { [mean, variance] }

  package var withoutSummand: LinearExpression {
    var norm = self
    norm.beta = nil
    norm.mean = Tensor(shape: mean.shape, elements: [Float](repeating: 0, count: mean.count))
    return .batchNorm(norm)
  }

  package func affine(
    channels: Int
  ) throws(RepVGGError) -> (factor: [Double], summand: [Double]) { try affine() }
}
