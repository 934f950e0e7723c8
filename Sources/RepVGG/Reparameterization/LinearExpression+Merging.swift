extension LinearExpression {
  /// The expression as one convolution rounded to Float32.
  ///
  /// Rounding comes before the algorithms' own transforms of weights, in Float64 again, so that a
  /// branched network and the same one read from a merged file give the same bits.
  ///
  /// - Parameter inputChannels: Channels of the input that the expression reads.
  /// - Returns: The kernel, `[outputChannels, inputChannels / groups, height, width]`, and a
  ///   bias per output channel.
  /// - Throws: `badData` or `unsupported`, see ``reduced(inputChannels:)``.
  package func merged(
    inputChannels: Int
  ) throws(RepVGGError) -> (kernel: [Float], bias: [Float]) {
    if case .convolution(let convolution) = self {
      // Nothing to merge: no detour through Float64.
      let geometry = try convolution.geometry(inputChannels: inputChannels)
      return (
        try convolution.kernel.finiteFloats(),
        try convolution.bias?.finiteFloats()
          ?? [Float](repeating: 0, count: geometry.outputChannels)
      )
    }
    if let rowwise = try RowwiseReduction(self, inputChannels: inputChannels) {
      return try rowwise.rounded()
    }
    return try reduced(inputChannels: inputChannels).rounded()
  }
}

extension Network {
  /// The same function with one convolution for each linear region.
  ///
  /// Each region is evaluated in Float64 and rounded to Float32 once. A merged network is returned as
  /// it is.
  ///
  /// - Parameter cancellation: Checked between nodes.
  /// - Returns: A network whose linear operations are one convolution with bias each.
  /// - Throws: `badData` for weights that are not finite, negative variances and shapes that do not
  ///   fit; `unsupported` if a region is no single convolution; `cancelled`.
  public func reparameterized(
    cancellation: Cancellation = .never
  ) throws(RepVGGError) -> Network {
    guard !isMerged else { return self }
    let environment = FloatingPointEnvironment.enter()
    defer { FloatingPointEnvironment.leave(environment) }
    var merged = self
    let channels = channelCounts
    for (index, node) in nodes.enumerated() {
      try cancellation.check()
      guard case .linear(let expression) = node.operation, !expression.isDiagonal,
        let source = node.inputs.first
      else { continue }
      merged.nodes[index].operation = .linear(
        .convolution(
          try named { () throws(RepVGGError) in
            try Convolution(merging: expression, inputChannels: channels[source.index])
          }))
    }
    return merged
  }

  /// Runs a step and names this network's file in its error.
  package func named<Result>(
    _ step: () throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    do { return try step() } catch {
      guard let file = origin.file else { throw error }
      throw error.inFile(file)
    }
  }
}

extension Convolution {
  /// The convolution that a linear expression reduces to.
  init(
    merging expression: LinearExpression, inputChannels: Int
  ) throws(RepVGGError) {
    let geometry = try expression.geometry(inputChannels: inputChannels)
    let (kernel, bias) = try expression.merged(inputChannels: inputChannels)
    self.init(
      kernel: Tensor(shape: geometry.kernelShape, elements: kernel),
      bias: Tensor(shape: [geometry.outputChannels], elements: bias), stride: geometry.stride,
      padding: geometry.padding, dilation: geometry.dilation, groups: geometry.groups)
  }
}

extension Tensor {
  /// All elements as Float32.
  ///
  /// - Throws: `badData` if an element is NaN, infinite or beyond Float32's range.
  package func finiteFloats() throws(RepVGGError) -> [Float] {
    let values = try floats()
    var probe: Float = 0
    for value in values { probe += value * 0 }
    guard probe == 0 else {
      let index = values.firstIndex { !$0.isFinite } ?? 0
      throw RepVGGError(
        .badData, "element \(index) is \(values[index]), weights must be finite", tensor: name)
    }
    return values
  }
}
