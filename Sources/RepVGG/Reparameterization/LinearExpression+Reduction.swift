extension LinearExpression {
  /// The expression as one convolution, in Float64.
  ///
  /// - Parameter inputChannels: Channels of the input that the expression reads.
  /// - Returns: The convolution that is the same function.
  /// - Throws: `badData` if tensors do not fit together or hold values that are not finite;
  ///   `unsupported` with the reason if no single convolution is the same function (strides that
  ///   differ between branches, a bias under zero padding, paddings that do not align).
  public func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    switch self {
    case .convolution(let convolution):
      return try convolution.reduced(inputChannels: inputChannels)
    case .batchNorm(let norm):
      _ = try geometry(inputChannels: inputChannels)
      let (factor, summand) = try norm.affine()
      return ReducedConvolution(diagonal: factor, summand: summand)
    case .identity:
      return ReducedConvolution(
        diagonal: [Double](repeating: 1, count: inputChannels),
        summand: [Double](repeating: 0, count: inputChannels))
    case .scale(let factors):
      _ = try geometry(inputChannels: inputChannels)
      return ReducedConvolution(
        diagonal: try factors.finiteDoubles(),
        summand: [Double](repeating: 0, count: inputChannels))
    case .averagePool(let size, let stride, let padding):
      _ = try geometry(inputChannels: inputChannels)
      let area = Double(size * size)
      return ReducedConvolution(
        dense: [Double](repeating: 1 / area, count: inputChannels * size * size),
        bias: [Double](repeating: 0, count: inputChannels), inputChannels: inputChannels,
        kernelSize: size, stride: stride, padding: padding, groups: inputChannels)
    case .sum(let terms):
      return try Self.reducedSum(terms, inputChannels: inputChannels)
    case .sequence(let operators):
      var result = try LinearExpression.identity.reduced(inputChannels: inputChannels)
      for expression in operators {
        result = try result.followed(
          by: try expression.reduced(inputChannels: result.outputChannels))
      }
      return result
    case .concatenation(let branches):
      return try Self.reducedConcatenation(branches, inputChannels: inputChannels)
    }
  }

  private static func reducedSum(
    _ terms: [LinearExpression], inputChannels: Int
  ) throws(RepVGGError) -> ReducedConvolution {
    var result: ReducedConvolution?
    for term in terms {
      let value = try term.reduced(inputChannels: inputChannels)
      if let sum = result { result = try sum.adding(value) } else { result = value }
    }
    guard let result else { throw RepVGGError(.badData, "a sum of no branches") }
    return result
  }

  private static func reducedConcatenation(
    _ branches: [LinearExpression], inputChannels: Int
  ) throws(RepVGGError) -> ReducedConvolution {
    var result: ReducedConvolution?
    for branch in branches {
      let value = try branch.reduced(inputChannels: inputChannels)
      if let head = result { result = try head.concatenated(with: value) } else { result = value }
    }
    guard let result else { throw RepVGGError(.badData, "a concatenation of no branches") }
    return result
  }
}

extension Convolution {
  fileprivate func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    let geometry = try geometry(inputChannels: inputChannels)
    let biases =
      try bias?.finiteDoubles() ?? [Double](repeating: 0, count: geometry.outputChannels)
    return ReducedConvolution(
      dense: try kernel.finiteDoubles(), bias: biases, inputChannels: inputChannels,
      kernelSize: geometry.kernelSize, stride: stride, padding: padding, groups: groups)
  }
}
