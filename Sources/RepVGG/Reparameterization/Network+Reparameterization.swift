extension Block {
  /// The block's expression as one convolution rounded to Float32.
  ///
  /// - Throws: `badData` or `unsupported`, see ``LinearExpression/reduced(inputChannels:)``; also
  ///   if the result is not the 3x3 convolution that the block's shape specifies.
  package func reducedConvolution() throws(RepVGGError) -> (kernel: [Float], bias: [Float]) {
    if case .convolution(let convolution) = body, let bias = convolution.bias {
      // Already plain: no detour through Float64.
      try requireGeometry(
        outputs: convolution.outputChannels, kernelSize: convolution.kernelSize,
        stride: convolution.stride, padding: convolution.padding, groups: convolution.groups)
      return (try convolution.kernel.finiteFloats(), try bias.finiteFloats())
    }
    if let rowwise = try RowwiseReduction(self) { return try rowwise.rounded() }
    let reduced = try body.reduced(inputChannels: shape.inputChannels)
    try requireGeometry(
      outputs: reduced.outputChannels, kernelSize: reduced.kernelSize, stride: reduced.stride,
      padding: reduced.padding, groups: reduced.groups)
    return try reduced.rounded()
  }

  private func requireGeometry(
    outputs: Int, kernelSize: Int, stride: Int, padding: Int, groups: Int
  ) throws(RepVGGError) {
    guard outputs == shape.outputChannels, stride == shape.stride, groups == shape.groups,
      kernelSize == 3, padding == 1
    else {
      throw RepVGGError(
        .unsupported,
        "block \(shape.stage).\(shape.index) reduces to a convolution of kernel \(kernelSize),"
          + " stride \(stride), padding \(padding), groups \(groups), not to its 3x3 convolution",
        tensor: tensors.first?.name)
    }
  }
}

extension Network {
  /// The same function as a plain stack of 3x3 convolutions.
  ///
  /// Each block is evaluated in Float64 and rounded to Float32 once. A plain network is returned
  /// as it is.
  ///
  /// - Parameter cancellation: Checked between blocks.
  /// - Returns: A network of one convolution per block.
  /// - Throws: `badData` for weights that are not finite, negative variances and shapes that do not
  ///   fit; `unsupported` if a block is not one 3x3 convolution; `cancelled`.
  public func reparameterized(
    cancellation: Cancellation = .never
  ) throws(RepVGGError) -> Network {
    guard state != .plain else { return self }
    let environment = FloatingPointEnvironment.enter()
    defer { FloatingPointEnvironment.leave(environment) }
    var plain = self
    plain.state = .plain
    for index in blocks.indices {
      try cancellation.check()
      let block = blocks[index]
      let (kernel, bias) = try named { () throws(RepVGGError) in try block.reducedConvolution() }
      let shape = block.shape
      plain.blocks[index].body = .convolution(
        Convolution(
          kernel: Tensor(
            shape: [shape.outputChannels, shape.inputChannels / shape.groups, 3, 3],
            elements: kernel),
          bias: Tensor(shape: [shape.outputChannels], elements: bias),
          stride: shape.stride, padding: 1, groups: shape.groups))
    }
    return plain
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
