extension LinearExpression {
  /// The geometry of the convolution that the expression reduces to, from shapes alone.
  ///
  /// - Parameter inputChannels: Channels of the input that the expression reads.
  /// - Returns: What is read and written, and of what size.
  /// - Throws: What ``reduced(inputChannels:)`` throws without reading a weight: `badData` if tensors
  ///   do not fit together, `unsupported` with the reason if no single convolution is the same
  ///   function whatever its weights are.
  package func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    switch self {
    case .convolution(let convolution):
      return try convolution.geometry(inputChannels: inputChannels)
    case .identity: return .diagonal(channels: inputChannels)
    case .batchNorm(let norm):
      return try .diagonal(channels: inputChannels, norm.gamma)
    case .scale(let factors): return try .diagonal(channels: inputChannels, factors)
    case .averagePool(let size, let stride, let padding):
      guard (1...15).contains(size), stride > 0, (0..<size).contains(padding) else {
        throw RepVGGError(.badData, "average pooling of size \(size), stride \(stride)")
      }
      return ConvolutionGeometry(
        inputChannels: inputChannels, outputChannels: inputChannels, kernelSize: size,
        stride: stride, padding: padding, groups: inputChannels)
    case .sequence(let operators):
      var result = ConvolutionGeometry.diagonal(channels: inputChannels)
      for expression in operators {
        result = try result.followed(
          by: try expression.geometry(inputChannels: result.outputChannels), hasBias: false)
      }
      return result
    case .sum(let terms):
      return try Self.combined(terms, inputChannels, "sum") {
        (left, right) throws(RepVGGError) in try left.adding(right)
      }
    case .concatenation(let branches):
      return try Self.combined(branches, inputChannels, "concatenation") {
        (left, right) throws(RepVGGError) in try left.concatenated(with: right)
      }
    }
  }

  private static func combined(
    _ branches: [LinearExpression], _ inputChannels: Int, _ name: String,
    _ combine: (ConvolutionGeometry, ConvolutionGeometry) throws(RepVGGError) ->
      ConvolutionGeometry
  ) throws(RepVGGError) -> ConvolutionGeometry {
    guard let first = branches.first else {
      throw RepVGGError(.badData, "a \(name) of no branches")
    }
    var result = try first.geometry(inputChannels: inputChannels)
    for branch in branches.dropFirst() {
      result = try combine(result, try branch.geometry(inputChannels: inputChannels))
    }
    return result
  }

  /// Channels of the output, where the tensors fit together.
  func outputChannels(inputChannels: Int) -> Int {
    switch self {
    case .convolution(let convolution): convolution.outputChannels
    case .identity, .batchNorm, .scale, .averagePool: inputChannels
    case .sequence(let operators):
      operators.reduce(inputChannels) { $1.outputChannels(inputChannels: $0) }
    case .sum(let terms):
      terms.first?.outputChannels(inputChannels: inputChannels) ?? inputChannels
    case .concatenation(let branches):
      branches.reduce(0) { $0 + $1.outputChannels(inputChannels: inputChannels) }
    }
  }
}

extension ConvolutionGeometry {
  /// One factor per channel from a tensor.
  fileprivate static func diagonal(
    channels: Int, _ factors: Tensor
  ) throws(RepVGGError) -> ConvolutionGeometry {
    guard factors.count == channels else {
      throw RepVGGError(
        .badData, "has \(factors.count) channels where its input has \(channels)",
        tensor: factors.name)
    }
    return .diagonal(channels: channels)
  }
}

extension Convolution {
  /// The geometry, checked against the channels that are read.
  ///
  /// - Throws: `badData` if the kernel is not square, or kernel, bias and groups do not fit.
  package func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
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
    guard bias.map({ $0.count == shape[0] }) ?? true else {
      throw RepVGGError(
        .badData, "has \(bias?.count ?? 0) elements for \(shape[0]) output channels",
        tensor: bias?.name)
    }
    return ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: shape[0], kernelSize: shape[2], stride: stride,
      padding: padding, groups: groups)
  }
}
