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
      let (factor, summand) = try norm.affine()
      try Self.require(factor.count, equals: inputChannels, norm.gamma.name)
      return ReducedConvolution(diagonal: factor, summand: summand)
    case .identity:
      return ReducedConvolution(
        diagonal: [Double](repeating: 1, count: inputChannels),
        summand: [Double](repeating: 0, count: inputChannels))
    case .scale(let factors):
      try Self.require(factors.count, equals: inputChannels, factors.name)
      return ReducedConvolution(
        diagonal: try factors.finiteDoubles(),
        summand: [Double](repeating: 0, count: inputChannels))
    case .averagePool(let size, let stride, let padding):
      guard (1...15).contains(size), stride > 0, (0..<size).contains(padding) else {
        throw RepVGGError(.badData, "average pooling of size \(size), stride \(stride)")
      }
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

  private static func require(
    _ count: Int, equals expected: Int, _ tensor: String
  ) throws(RepVGGError) {
    guard count == expected else {
      throw RepVGGError(
        .badData, "has \(count) channels where its input has \(expected)", tensor: tensor)
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
    let shape = kernel.shape
    guard shape.count == 4, shape[2] == shape[3], (1...15).contains(shape[2]), shape[0] > 0 else {
      throw RepVGGError(
        .badData, "has shape \(shape), a square convolution kernel has four dimensions",
        tensor: kernel.name)
    }
    guard groups > 0, stride > 0, (0...shape[2]).contains(padding), shape[1] > 0,
      shape[1].multipliedReportingOverflow(by: groups) == (inputChannels, false),
      shape[0] % groups == 0
    else {
      throw RepVGGError(
        .badData,
        "has shape \(shape), which does not fit \(inputChannels) input channels"
          + " in \(groups) groups", tensor: kernel.name)
    }
    var biases = [Double](repeating: 0, count: shape[0])
    if let bias {
      guard bias.count == shape[0] else {
        throw RepVGGError(
          .badData, "has \(bias.count) elements for \(shape[0]) output channels",
          tensor: bias.name)
      }
      biases = try bias.finiteDoubles()
    }
    return ReducedConvolution(
      dense: try kernel.finiteDoubles(), bias: biases, inputChannels: inputChannels,
      kernelSize: shape[2], stride: stride, padding: padding, groups: groups)
  }
}
