/// Lowering of a block in each of the three forms.
extension PlanBuilder {
  /// Emits one block; returns its output.
  mutating func lower(
    _ block: Block, source: ValueID, form: Form
  ) throws(RepVGGError) -> ValueID {
    let gatesBeforeReLU = block.gate?.placement == .beforeActivation
    let name = block.shape.displayName
    let value: ValueID
    switch form {
    case .plain:
      value = try lowerPlain(block, source: source, appliesReLU: !gatesBeforeReLU)
    case .folded:
      value = try lowerFolded(block, source: source, appliesReLU: !gatesBeforeReLU)
    case .branched:
      value = try lowerLiterally(block.body, name: name, source: source, shape: block.shape)
      if !gatesBeforeReLU { emitReLU(value, name: name) }
    }
    if let gate = block.gate {
      emitGate(gate, value, name: name, appliesReLU: gatesBeforeReLU)
    }
    return value
  }

  // MARK: - Plain

  private mutating func lowerPlain(
    _ block: Block, source: ValueID, appliesReLU: Bool
  ) throws(RepVGGError) -> ValueID {
    let destination = activation(outputLayout(block.shape, of: source))
    try emitPlainConvolution(
      block, source: source, destination: destination, appliesReLU: appliesReLU)
    return destination
  }

  /// Emits the one convolution of a re-parameterized block; `byImage` plans it for one image and
  /// one worker.
  mutating func emitPlainConvolution(
    _ block: Block, source: ValueID, destination: ValueID, appliesReLU: Bool,
    byImage: Bool = false
  ) throws(RepVGGError) {
    try emitConvolution(
      name: block.shape.displayName + " conv3x3", shape: block.shape, kernelSize: 3,
      epilogue: ConvolutionEpilogue(appliesReLU: appliesReLU), source: source,
      destination: destination, byImage: byImage,
      workingBytesPerWeight: Self.rowwiseBytesPerWeight
    ) { () throws(RepVGGError) in
      let (kernel, bias) = try block.reducedConvolution()
      return ConvolutionWeights(kernel: kernel, bias: bias)
    }
  }

  // MARK: - Folded

  private mutating func lowerFolded(
    _ block: Block, source: ValueID, appliesReLU: Bool
  ) throws(RepVGGError) -> ValueID {
    let folded = try FoldedBranches(block)
    let destination = activation(outputLayout(block.shape, of: source))
    for (index, branch) in folded.convolutions.enumerated() {
      let isLast = index == folded.convolutions.count - 1
      let epilogue = ConvolutionEpilogue(
        accumulates: index > 0, addsScaledIdentity: isLast && folded.hasIdentity,
        appliesReLU: isLast && appliesReLU)
      try emitConvolution(
        name: block.shape.displayName + " conv\(branch.kernelSize)x\(branch.kernelSize)",
        shape: block.shape, kernelSize: branch.kernelSize, epilogue: epilogue, source: source,
        destination: destination
      ) { () throws(RepVGGError) in
        try folded.weights(branch, carriesRest: isLast)
      }
    }
    return destination
  }

  // MARK: - Branched

  private mutating func lowerLiterally(
    _ expression: LinearExpression, name: String, source: ValueID, shape: Architecture.BlockShape
  ) throws(RepVGGError) -> ValueID {
    switch expression {
    case .identity:
      return source
    case .convolution(let convolution):
      let size = convolution.kernelSize
      guard size == 1 || size == 3, convolution.padding == size / 2,
        convolution.stride == shape.stride, convolution.groups == shape.groups,
        convolution.outputChannels == shape.outputChannels
      else {
        throw RepVGGError(
          .unsupported,
          "a branch with a \(size)x\(size) convolution of padding \(convolution.padding) runs"
            + " only re-parameterized", tensor: convolution.kernel.name)
      }
      let destination = activation(outputLayout(shape, of: source))
      try emitConvolution(
        name: name + " conv\(size)x\(size)", shape: shape, kernelSize: size,
        epilogue: ConvolutionEpilogue(), source: source, destination: destination
      ) { () throws(RepVGGError) in
        ConvolutionWeights(
          kernel: try convolution.kernel.finiteFloats(), bias: try convolution.bias?.finiteFloats())
      }
      return destination
    case .batchNorm(let norm):
      return emitAffine(name: name + " batchnorm", source: source) { () throws(RepVGGError) in
        try norm.affine()
      }
    case .scale(let factors):
      return emitAffine(name: name + " scale", source: source) { () throws(RepVGGError) in
        let values = try factors.finiteDoubles()
        return (values, [Double](repeating: 0, count: values.count))
      }
    case .sum(let terms):
      var total: ValueID?
      for term in terms {
        let value = try lowerLiterally(term, name: name, source: source, shape: shape)
        if let sum = total { emitAdd(value, to: sum, name: name) } else { total = value }
      }
      return total ?? source
    case .sequence(let operators):
      var value = source
      for expression in operators {
        value = try lowerLiterally(expression, name: name, source: value, shape: shape)
      }
      return value
    case .averagePool, .concatenation:
      throw RepVGGError(
        .unsupported, "block \(name) has branches that run only re-parameterized")
    }
  }

  private mutating func emitAffine(
    name: String, source: ValueID,
    parameters: @escaping @Sendable () throws(RepVGGError) -> (factor: [Double], summand: [Double])
  ) -> ValueID {
    let layout = layout(of: source)
    let stride = layout.pixelStride
    let weights = reserveWeights(elementCount: 2 * stride) { tape throws(RepVGGError) in
      let (factor, summand) = try parameters()
      for channel in 0..<min(factor.count, stride) {
        tape[channel] = Float(factor[channel])
        tape[stride + channel] = Float(summand[channel])
      }
    }
    let destination = activation(layout)
    var description = StepDescription(name: name, algorithm: "pass")
    description.weightByteCount = 8 * stride
    emit(
      description, AffineStep(layout: layout, kernels: kernels), reads: [source],
      writes: [destination],
      weights: weights)
    return destination
  }

  private mutating func emitAdd(_ source: ValueID, to destination: ValueID, name: String) {
    emit(
      StepDescription(name: name + " add", algorithm: "pass"),
      AddStep(layout: layout(of: destination), kernels: kernels), reads: [source, destination],
      writes: [destination])
  }

  private mutating func emitReLU(_ value: ValueID, name: String) {
    emit(
      StepDescription(name: name + " relu", algorithm: "pass"),
      ReLUStep(layout: layout(of: value), kernels: kernels), reads: [value], writes: [value])
  }

  // MARK: - Gate

  private mutating func emitGate(
    _ gate: SqueezeExcitation, _ value: ValueID, name: String, appliesReLU: Bool
  ) {
    let layout = layout(of: value)
    let (batch, pitch) = (layout.batch, layout.pixelStride)
    let means = emitPool(value, name: name + " gate mean")
    let squeezed = vector(elementCount: batch * gate.squeeze.outputCount)
    emitLinear(
      gate.squeeze, name: name + " gate squeeze", batch: batch, source: means, sourcePitch: pitch,
      destination: squeezed, destinationPitch: gate.squeeze.outputCount, activation: .relu)
    let gates = vector(elementCount: batch * pitch)
    emitLinear(
      gate.excite, name: name + " gate excite", batch: batch, source: squeezed,
      sourcePitch: gate.squeeze.outputCount, destination: gates, destinationPitch: pitch,
      activation: .sigmoid)
    emit(
      StepDescription(name: name + " gate scale", algorithm: "pass"),
      GateScaleStep(layout: layout, appliesReLU: appliesReLU, kernels: kernels),
      reads: [value, gates],
      writes: [value])
  }

  // MARK: - Convolution

  func outputLayout(
    _ shape: Architecture.BlockShape, of source: ValueID
  ) -> ActivationLayout {
    let input = layout(of: source)
    return ActivationLayout(
      batch: input.batch, height: (input.height + shape.stride - 1) / shape.stride,
      width: (input.width + shape.stride - 1) / shape.stride, channels: shape.outputChannels)
  }

  /// Merging row by row holds the kernel as stored and rounded.
  private static let rowwiseBytesPerWeight = 12
  /// Merging whole kernels holds some of them in Float64.
  private static let wholeKernelBytesPerWeight = 32

  private mutating func emitConvolution(
    name: String, shape: Architecture.BlockShape, kernelSize: Int, epilogue: ConvolutionEpilogue,
    source: ValueID, destination: ValueID, byImage: Bool = false,
    workingBytesPerWeight: Int = Self.wholeKernelBytesPerWeight,
    weights makeWeights: @escaping @Sendable () throws(RepVGGError) -> ConvolutionWeights
  ) throws(RepVGGError) {
    let workerCount = byImage ? 1 : self.workerCount
    var layouts = (source: layout(of: source), destination: layout(of: destination))
    if byImage { layouts = (layouts.source.withBatch(1), layouts.destination.withBatch(1)) }
    let geometry = ConvolutionShape(
      source: layouts.source, destination: layouts.destination, kernelSize: kernelSize,
      stride: shape.stride, groups: shape.groups)
    layers.append(
      ConvolutionLayer(shape: geometry, epilogue: epilogue, workerCount: workerCount))
    guard let algorithms else {
      let description = StepDescription(
        name: name, algorithm: "", convolution: geometry, multiplicationCount: 0,
        weightByteCount: 0)
      emit(description, UnplannedStep(), reads: [source], writes: [destination])
      return
    }
    let algorithm = algorithms[layers.count - 1]
    let packedCount = (algorithm.packedElementCount + 15) / 16 * 16
    let pitch = geometry.destination.pixelStride
    let total = packedCount + (epilogue.addsScaledIdentity ? 2 : 1) * pitch
    let fuseTime = fuseTime
    let workingByteCount = geometry.weightByteCount / 4 * workingBytesPerWeight
    let offset = reserveWeights(
      elementCount: total, workingByteCount: workingByteCount
    ) { tape throws(RepVGGError) in
      let weights = try fuseTime.measuring(makeWeights)
      algorithm.pack(weights.kernel, into: tape)
      if let bias = weights.bias { (tape + packedCount).update(from: bias, count: bias.count) }
      if let scale = weights.identityScale {
        (tape + packedCount + pitch).update(from: scale, count: scale.count)
      }
    }
    // Borders of a worker's copies are zeroed where they are used.
    if kernelSize > 1, !byImage { readBorder(of: source) }
    let description = StepDescription(
      name: name, algorithm: algorithm.name, convolution: geometry,
      multiplicationCount: geometry.multiplicationCount, weightByteCount: total * 4)
    emit(
      description, algorithm.step(bias: packedCount),
      reads: epilogue.accumulates ? [source, destination] : [source], writes: [destination],
      weights: offset, scratchElementCount: algorithm.scratchElementCount(workerCount: workerCount))
  }
}

/// Stands for a convolution that is not planned yet.
private struct UnplannedStep: StepKernel {
  func run(_ frame: Frame) { preconditionFailure("a convolution without an algorithm cannot run") }
}

/// What a convolution step packs.
struct ConvolutionWeights {
  /// `[outputChannels, inputChannels / groups, kernelSize, kernelSize]`.
  var kernel: [Float]
  var bias: [Float]?
  var identityScale: [Float]?
}

extension Architecture.BlockShape {
  /// `stage1.0`.
  var displayName: String { "stage\(stage).\(index)" }
}
