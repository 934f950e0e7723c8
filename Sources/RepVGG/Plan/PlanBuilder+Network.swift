/// Lowering of a whole network: input, blocks, features, head.
extension PlanBuilder {
  /// A stage output that the session keeps.
  struct Feature {
    let name: String
    let layout: ActivationLayout
    /// Offset in floats in the feature memory.
    let offset: Int
  }

  /// Emits every step of a network for an input; returns the features that it collects.
  mutating func lower(
    _ network: Network, input: InputShape, options: PlanOptions
  ) throws(RepVGGError) -> [Feature] {
    var value: ValueID
    let byImage = blocksByImage(network, input: input, options: options)
    if byImage.isEmpty {
      value = activation(
        ActivationLayout(
          batch: input.batch, height: input.height, width: input.width,
          channels: input.channels, padded: false))
      emitInput(value)
    } else {
      value = try lowerByImage(byImage, input: input)
    }
    var features: [Feature] = []
    var featureElementCount = 0
    for (index, block) in network.blocks.enumerated() where index + 1 >= byImage.count {
      if index >= byImage.count { value = try lower(block, source: value, form: options.form) }
      if options.collectsFeatures, let name = block.featureName {
        let layout = layout(of: value)
        let feature = Feature(name: name, layout: layout, offset: featureElementCount)
        featureElementCount += layout.batch * layout.channels * layout.height * layout.width
        emitFeature(feature, value)
        features.append(feature)
      }
    }
    emitHead(network.head, value)
    return features
  }

  private mutating func emitInput(_ value: ValueID) {
    let layout = layout(of: value)
    emit(
      StepDescription(name: "input", algorithm: "nchw-to-nhwc"), reads: [], writes: [value]
    ) { place in InputConversionStep(layout: layout, destination: place(value)) }
  }

  private mutating func emitFeature(_ feature: Feature, _ value: ValueID) {
    emit(
      StepDescription(name: feature.name, algorithm: "nhwc-to-nchw"), reads: [value], writes: []
    ) { place in
      FeatureStep(layout: feature.layout, source: place(value), destination: feature.offset)
    }
  }

  /// The classifier's logits, or without one the pooled features.
  private mutating func emitHead(_ head: Linear?, _ value: ValueID) {
    let layout = layout(of: value)
    let pooled = emitPool(value, name: "pool")
    guard let head else {
      emit(StepDescription(name: "output", algorithm: "copy"), reads: [pooled], writes: []) {
        place in PooledOutputStep(layout: layout, source: place(pooled))
      }
      return
    }
    emitLinear(
      head, name: "head", batch: layout.batch, source: pooled, sourcePitch: layout.pixelStride,
      destination: nil, activation: .none)
  }

  /// The means of every channel of an activation.
  mutating func emitPool(_ value: ValueID, name: String) -> ValueID {
    let layout = layout(of: value)
    let pooled = vector(elementCount: layout.batch * layout.pixelStride)
    emit(StepDescription(name: name, algorithm: "mean"), reads: [value], writes: [pooled]) {
      place in
      GlobalPoolStep(layout: layout, source: place(value), destination: place(pooled))
    }
    return pooled
  }

  /// A linear map of a batch of vectors; without a destination the result is the output.
  mutating func emitLinear(
    _ linear: Linear, name: String, batch: Int, source: ValueID, sourcePitch: Int,
    destination: (value: ValueID, pitch: Int)?, activation: LinearStep.Activation
  ) {
    let map = PackedLinear(inputCount: linear.inputCount, outputCount: linear.outputCount)
    let weights = reserveWeights(
      elementCount: map.packedElementCount, workingByteCount: 12 * map.packedElementCount
    ) { tape throws(RepVGGError) in
      map.pack(
        try linear.weight.finiteFloats(), bias: try linear.bias?.finiteFloats(), into: tape)
    }
    let description = StepDescription(
      name: name, algorithm: "linear", convolution: nil,
      multiplicationCount: batch * map.outputCount * map.inputCount,
      weightByteCount: 4 * map.packedElementCount)
    emit(description, reads: [source], writes: destination.map { [$0.value] } ?? []) { place in
      LinearStep(
        batch: batch, map: map, source: place(source), sourcePitch: sourcePitch,
        destination: destination.map { .arena(place($0.value), pitch: $0.pitch) } ?? .output,
        weights: weights, activation: activation)
    }
  }
}

extension StepDescription {
  /// A step without weights.
  init(name: String, algorithm: String) {
    self.init(
      name: name, algorithm: algorithm, convolution: nil, multiplicationCount: 0,
      weightByteCount: 0)
  }
}
