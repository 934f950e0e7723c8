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
  /// - Throws: What ``PlannedOperation/planned(_:_:_:)`` throws.
  mutating func emit(
    _ graph: PlanGraph, _ algorithms: [any ConvolutionAlgorithm]
  ) throws(RepVGGError) -> [Feature] {
    let outputNumbers = graph.outputNumbers
    var places = ValuePlaces(graph)
    var features: [Feature] = []
    var featureByteCount = 0
    var convolutionCount = 0
    var loop: [ValueID] = []
    let firstLooped = graph.firstLoopedOperation
    for (index, operation) in graph.operations.enumerated() {
      let isInLoop = graph.isInImageLoop(index)
      let reads = operation.reads.map { places.id(of: $0, &self) }
      let result: ValueID
      if let number = outputNumbers[operation.result] {
        result = value(
          graph.layout(of: operation.result),
          place: number == 0 ? .output : .features(featureByteCount))
        if number > 0 {
          let output = graph.outputs[number]
          features.append(
            Feature(name: output.name, shape: output.shape, offset: featureByteCount))
          featureByteCount += values[result.index].type.byteCount.roundedUp(
            to: MemoryLayout<Double>.stride)
        }
        places.set(operation.result, result)
      } else if case .input = operation.kind {
        places.set(
          operation.result,
          value(graph.layout(of: operation.result), place: .input))
        continue
      } else if case .constant(let tensor) = operation.kind {
        let weights = constantWeights(tensor)
        places.set(
          operation.result,
          value(graph.layout(of: operation.result), place: .weights(weights.lowerBound)))
        continue
      } else if isInLoop, index < firstLooped + graph.imageLoopCount - 1 {
        // Each worker has a copy for the image that it has in hand.
        result = value(graph.layout(of: operation.result).withBatch(workerCount))
        places.set(operation.result, result)
      } else if let operand = places.operandToOverwrite(at: index) {
        result = reads[operand]
        places.set(operation.result, result)
      } else {
        result = places.id(of: operation.result, &self)
      }
      switch operation.kind {
      case .convolution(let convolution):
        let algorithm = algorithms[convolutionCount]
        convolutionCount += 1
        emit(convolution, operation.name, algorithm, reads, result, isInLoop: isInLoop)
      case .planned(let planned):
        try emit(
          planned, operation.name, operation.reads.map { graph.tensor($0) },
          graph.tensor(operation.result), reads, result)
      case .concatenation: emitCopies(graph, operation, reads, result)
      case .part: break
      case .activation(let activation) where graph.values[operation.result].storage == .dense:
        try emit(
          ElementwiseOperation(.unary(.activation(activation))), operation.name,
          operation.reads.map { graph.tensor($0) }, graph.tensor(operation.result), reads, result)
      case .add(let activation) where graph.values[operation.result].storage == .dense:
        try emit(
          ElementwiseOperation(.binary(.add), activation), operation.name,
          operation.reads.map { graph.tensor($0) }, graph.tensor(operation.result), reads, result)
      default: emit(operation, graph, reads, result, isInLoop: isInLoop)
      }
      if isInLoop { loop.append(result) }
      if graph.imageLoopCount > 0, index == firstLooped + graph.imageLoopCount - 1 {
        mergeSteps(
          images: places.id(of: graph.operations[firstLooped].reads[0], &self), chain: loop,
          input: graph.input)
      }
    }
    return features
  }

  private mutating func emit(
    _ operation: PlanGraph.Operation, _ graph: PlanGraph, _ reads: [ValueID], _ result: ValueID,
    isInLoop: Bool
  ) {
    let (source, target) = (
      operation.reads.first.map { graph.tensor($0) }, graph.tensor(operation.result)
    )
    let layout = layout(of: result)
    var description = StepDescription(name: operation.name, algorithm: "pass")
    let kernel: any StepKernel
    var weights = 0..<0
    switch (operation.kind, source) {
    case (.images, _):
      description.algorithm = "nchw-to-nhwc"
      kernel = InputConversionStep(
        layout: isInLoop ? layout.withBatch(1) : layout, kernels: kernels)
    case (.affine(let expression, let activation), _):
      weights = affineWeights(expression, operation.name, layout)
      description.weightByteCount = weights.count
      kernel = AffineStep(self.layout(of: reads[0]), layout, activation, kernels: kernels)
    case (.activation(let activation), _):
      kernel = ActivationStep(self.layout(of: reads[0]), layout, activation, kernels: kernels)
    case (.add(let activation), _):
      kernel = AddStep(
        self.layout(of: reads[0]), self.layout(of: reads[1]), layout, activation, kernels: kernels)
    case (.gate(let activation), _):
      kernel = GateScaleStep(
        self.layout(of: reads[0]), layout, factorPitch: self.layout(of: reads[1]).imageStride,
        activation, kernels: kernels)
    case (.globalMean, _):
      description.algorithm = "mean"
      kernel = GlobalPoolStep(
        layout: self.layout(of: reads[0]), resultPitch: layout.imageStride, kernels: kernels)
    case (.dense(let linear, let activation), let source?):
      let map = PackedLinear(
        inputCount: linear.inputCount, outputCount: linear.outputCount, kernels: kernels)
      weights = linearWeights(linear, operation.name, map)
      let rows = source.count / map.inputCount
      description.algorithm = "linear"
      description.multiplicationCount = rows * map.outputCount * map.inputCount
      description.weightByteCount = weights.count
      kernel = LinearStep(
        batch: rows, map: map, sourcePitch: source.rowPitch, destinationPitch: target.rowPitch,
        activation: activation)
    case (.output, let source?):
      switch source.storage {
      case .image:
        description.algorithm = "nhwc-to-nchw"
        kernel = FeatureStep(layout: source.layout, kernels: kernels)
      case .vector, .dense:
        description.algorithm = "copy"
        kernel = VectorOutputStep(layout: source.layout)
      }
    default:
      preconditionFailure("'\(operation.name)' is emitted elsewhere")
    }
    emit(description, kernel, reads: reads, writes: [result], weights: weights)
  }

  private mutating func emit(
    _ operation: any PlannedOperation, _ name: String, _ sources: [StoredTensor],
    _ target: StoredTensor, _ reads: [ValueID], _ result: ValueID
  ) throws(RepVGGError) {
    let step: PlannedStep
    do throws(RepVGGError) {
      step = try operation.planned(sources, target, kernels)
    } catch {
      throw RepVGGError(error.kind, "node '\(name.printable)': \(error.reason)")
    }
    if let source = sources.first, source.storage == .image,
      operation.borderNeeded(source.layout, target.layout) > 0
    {
      readBorder(of: reads[0])
    }
    var weights = 0..<0
    if step.weightCount > 0, let pack = step.pack {
      weights = reserveWeights(
        floatCount: step.weightCount, packing: nil,
        workingByteCount: Self.rowwiseBytesPerWeight * step.weightCount, pack: pack)
    }
    emit(
      StepDescription(
        name: name, algorithm: operation.algorithm,
        multiplicationCount: step.multiplicationCount, weightByteCount: weights.count),
      step.kernel, reads: reads, writes: [result], weights: weights,
      scratchByteCount: step.scratchByteCount)
  }

  /// Copies what a concatenation's operands could not write there themselves.
  private mutating func emitCopies(
    _ graph: PlanGraph, _ operation: PlanGraph.Operation, _ reads: [ValueID], _ result: ValueID
  ) {
    var channel = 0
    for (place, read) in operation.reads.enumerated() {
      let source = graph.tensor(read)
      if graph.values[read].part?.of != operation.result {
        emit(
          StepDescription(name: operation.name, algorithm: "copy"),
          CopyChannelsStep(
            source: source.layout, destination: layout(of: result), firstChannel: channel,
            isLast: place == reads.count - 1),
          reads: [reads[place]], writes: [result])
      }
      channel += source.layout.channels
    }
  }

  // MARK: - Weights

  /// Factors, then summands, each padded to a whole pixel.
  private mutating func affineWeights(
    _ expression: LinearExpression, _ name: String, _ layout: ActivationLayout
  ) -> Range<Int> {
    let (stride, channels) = (layout.storedChannels, layout.channels)
    return reserveWeights(
      floatCount: 2 * stride, packing: PackedBlock.Packing(name, "affine")
    ) { memory throws(RepVGGError) in
      let reduced = try expression.reduced(inputChannels: channels)
      for channel in 0..<channels {
        memory[channel] = Float(reduced.kernel[channel])
        memory[stride + channel] = Float(reduced.bias[channel])
      }
    }
  }

  /// The elements of a constant, row-major.
  private mutating func constantWeights(_ tensor: Tensor) -> Range<Int> {
    reserveWeights(
      floatCount: tensor.count, packing: nil,
      workingByteCount: Self.rowwiseBytesPerWeight * tensor.count
    ) { memory throws(RepVGGError) in
      // Booleans are 0 and 1.
      let elements = CastOperation.reals(of: try ReferenceTensor(tensor))
      for (index, element) in elements.enumerated() { memory[index] = Float(element) }
    }
  }

  private mutating func linearWeights(
    _ linear: Linear, _ name: String, _ map: PackedLinear
  ) -> Range<Int> {
    reserveWeights(
      floatCount: map.packedElementCount, packing: PackedBlock.Packing(name, "linear"),
      workingByteCount: 12 * map.packedElementCount
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
    let pitch = shape.destination.storedChannels
    let fuseTime = fuseTime
    let isRowwise = RowwiseReduction.reads(convolution.expression, geometry)
    let weights = reserveWeights(
      floatCount: packedCount + (convolution.identity == nil ? 1 : 2) * pitch,
      packing: PackedBlock.Packing(
        name,
        algorithm.packing + " bias=\(packedCount)"
          + (convolution.identity == nil ? "" : " identity=\(pitch)")),
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
    if shape.borderNeeded > 0, !isInLoop { readBorder(of: reads[0]) }
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
