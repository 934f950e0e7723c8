/// Steps of a graph's operations.
extension PlanBuilder {
  /// A network's output that the session keeps.
  struct Feature {
    let name: String
    /// `[batch, channels, height, width]`, or `[batch, count]`.
    let shape: [Int]
    /// Offset in bytes in the feature memory.
    let offset: Int
  }

  /// Makes the steps of all operations.
  ///
  /// - Parameters:
  ///   - graph: The operations.
  ///   - algorithms: One for each convolution, in their order.
  /// - Returns: The outputs after the first.
  mutating func emit(
    _ graph: PlanGraph, _ algorithms: [any ConvolutionAlgorithm]
  ) -> [Feature] {
    let images = value(.vector(batch: graph.input.batch, count: 0), place: .input)
    let outputNumbers = graph.outputNumbers
    var ids: [ValueID?] = [ValueID?](repeating: nil, count: graph.layouts.count)
    let lastReaders = graph.readers.map { $0.last }
    var features: [Feature] = []
    var featureByteCount = 0
    var convolutionCount = 0
    var loop: [ValueID] = []
    for (index, operation) in graph.operations.enumerated() {
      let isInLoop = index < graph.imageLoopCount
      let reads = operation.reads.map { value in
        guard let id = ids[value] else {
          preconditionFailure("'\(operation.name)' reads a value before it is written")
        }
        return id
      }
      var layout = graph.layouts[operation.result]
      if isInLoop, index < graph.imageLoopCount - 1 {
        // Each worker has a copy for the image that it has in hand.
        layout = layout.withBatch(workerCount)
      }
      let result: ValueID
      if let number = outputNumbers[operation.result] {
        result = value(layout, place: number == 0 ? .output : .features(featureByteCount))
        if number > 0 {
          let output = graph.outputs[number]
          features.append(
            Feature(name: output.name, shape: output.shape, offset: featureByteCount))
          featureByteCount += values[result.index].type.byteCount
        }
      } else if let place = operation.operandToOverwrite.first(where: {
        lastReaders[operation.reads[$0]] == index
          && graph.layouts[operation.reads[$0]] == layout
      }) {
        result = reads[place]
      } else {
        result = value(layout)
      }
      ids[operation.result] = result
      if case .convolution(let convolution) = operation.kind {
        let algorithm = algorithms[convolutionCount]
        convolutionCount += 1
        precondition(
          !convolution.epilogue.accumulates || result == reads[1],
          "'\(operation.name)' adds to a value that another operation reads")
        emit(convolution, operation.name, algorithm, reads, result, isInLoop: isInLoop)
      } else {
        emit(operation, reads.isEmpty ? [images] : reads, result, isInLoop: isInLoop)
      }
      if isInLoop { loop.append(result) }
      if index == graph.imageLoopCount - 1 {
        mergeSteps(images: images, chain: loop, input: graph.input)
      }
    }
    return features
  }

  private mutating func emit(
    _ operation: PlanGraph.Operation, _ reads: [ValueID], _ result: ValueID, isInLoop: Bool
  ) {
    let layout = layout(of: result)
    let name = operation.name
    var description = StepDescription(name: name, algorithm: "pass")
    let kernel: any StepKernel
    var weights = 0..<0
    switch operation.kind {
    case .input:
      description.algorithm = "nchw-to-nhwc"
      kernel = InputConversionStep(
        layout: isInLoop ? layout.withBatch(1) : layout, kernels: kernels)
    case .affine(let expression):
      weights = affineWeights(expression, layout)
      description.weightByteCount = weights.count
      kernel = AffineStep(layout: layout, kernels: kernels)
    case .activation(let activation):
      kernel = ActivationStep(layout: layout, activation, kernels: kernels)
    case .add: kernel = AddStep(layout: layout, kernels: kernels)
    case .gate(let appliesReLU):
      kernel = GateScaleStep(layout: layout, appliesReLU: appliesReLU, kernels: kernels)
    case .globalMean:
      description.algorithm = "mean"
      kernel = GlobalPoolStep(layout: self.layout(of: reads[0]), kernels: kernels)
    case .dense(let linear, let activation):
      let map = PackedLinear(
        inputCount: linear.inputCount, outputCount: linear.outputCount, kernels: kernels)
      weights = linearWeights(linear, map)
      description.algorithm = "linear"
      description.multiplicationCount = layout.batch * map.outputCount * map.inputCount
      description.weightByteCount = weights.count
      kernel = LinearStep(
        batch: layout.batch, map: map, sourcePitch: self.layout(of: reads[0]).imageStride,
        destinationPitch: layout.imageStride, activation: activation)
    case .output:
      let source = self.layout(of: reads[0])
      let isVector = source.border == 0
      description.algorithm = isVector ? "copy" : "nhwc-to-nchw"
      kernel =
        isVector
        ? VectorOutputStep(layout: source) : FeatureStep(layout: source, kernels: kernels)
    case .convolution:
      preconditionFailure("convolutions have an algorithm")
    }
    emit(description, kernel, reads: reads, writes: [result], weights: weights)
  }

  // MARK: - Weights

  /// Factors, then summands, each padded to a whole pixel.
  private mutating func affineWeights(
    _ expression: LinearExpression, _ layout: ActivationLayout
  ) -> Range<Int> {
    let (stride, channels) = (layout.pixelStride, layout.channels)
    return reserveWeights(floatCount: 2 * stride) { memory throws(RepVGGError) in
      let reduced = try expression.reduced(inputChannels: channels)
      for channel in 0..<channels {
        memory[channel] = Float(reduced.kernel[channel])
        memory[stride + channel] = Float(reduced.bias[channel])
      }
    }
  }

  private mutating func linearWeights(_ linear: Linear, _ map: PackedLinear) -> Range<Int> {
    reserveWeights(
      floatCount: map.packedElementCount, workingByteCount: 12 * map.packedElementCount
    ) { memory throws(RepVGGError) in
      map.pack(
        try linear.weight.finiteFloats(), bias: try linear.bias?.finiteFloats(), into: memory)
    }
  }

  /// Merging row by row holds the kernel as stored and rounded.
  private static let rowwiseBytesPerWeight = 12
  /// Merging whole kernels holds some of them in Float64.
  private static let wholeKernelBytesPerWeight = 32

  private mutating func emit(
    _ convolution: PlanGraph.Convolution, _ name: String, _ algorithm: any ConvolutionAlgorithm,
    _ reads: [ValueID], _ result: ValueID, isInLoop: Bool
  ) {
    let geometry = convolution.geometry
    let shape = algorithm.shape
    let packedCount = algorithm.packedElementCount.roundedUp(to: 16)
    let pitch = shape.destination.pixelStride
    let fuseTime = fuseTime
    let isRowwise = RowwiseReduction.reads(convolution.expression, geometry)
    let weights = reserveWeights(
      floatCount: packedCount + (convolution.identity == nil ? 1 : 2) * pitch,
      workingByteCount: geometry.kernelElementCount
        * (isRowwise ? Self.rowwiseBytesPerWeight : Self.wholeKernelBytesPerWeight)
    ) { memory throws(RepVGGError) in
      let (kernel, bias, scale) = try fuseTime.measuring { () throws(RepVGGError) in
        try convolution.weights()
      }
      algorithm.pack(kernel, into: memory)
      (memory + packedCount).update(from: bias, count: bias.count)
      (memory + packedCount + pitch).update(from: scale, count: scale.count)
    }
    // Borders of a worker's copies are zeroed where they are used.
    if geometry.padding != 0, !isInLoop { readBorder(of: reads[0]) }
    emit(
      StepDescription(
        name: name, algorithm: algorithm.name, convolution: shape,
        multiplicationCount: shape.multiplicationCount, weightByteCount: weights.count),
      algorithm.step(bias: packedCount), reads: reads, writes: [result], weights: weights,
      scratchByteCount: MemoryLayout<Float>.stride
        * algorithm.scratchElementCount(workerCount: isInLoop ? 1 : workerCount))
  }
}

extension PlanGraph.Convolution {
  /// The kernel, a bias per output channel, and the factors of the source pixel, empty where none is
  /// added.
  fileprivate func weights() throws(RepVGGError) -> (
    kernel: [Float], bias: [Float], scale: [Float]
  ) {
    var (kernel, bias) = try expression.merged(inputChannels: geometry.inputChannels)
    guard let identity else { return (kernel, bias, []) }
    let (factors, summands) = try identity.merged(inputChannels: geometry.inputChannels)
    for channel in bias.indices { bias[channel] += summands[channel] }
    return (kernel, bias, factors)
  }
}

extension PlanGraph.Operation {
  /// Positions of the operands that the result may overwrite, the preferred one first.
  fileprivate var operandToOverwrite: [Int] {
    switch kind {
    case .convolution(let convolution): convolution.epilogue.accumulates ? [1] : []
    case .activation, .gate: [0]
    case .add: [0, 1]
    case .input, .affine, .globalMean, .dense, .output: []
    }
  }
}
