/// Lowering of a whole network: input, blocks, features, head.
extension PlanBuilder {
  /// A stage output that the session keeps.
  struct Feature {
    let name: String
    let layout: ActivationLayout
    /// Offset in floats in the feature memory.
    let offset: Int

    var elementCount: Int { layout.batch * layout.channels * layout.height * layout.width }
  }

  /// Emits every step of a network for an input; returns the features that it collects.
  mutating func lower(
    _ network: Network, input: InputShape, options: PlanOptions
  ) throws(RepVGGError) -> [Feature] {
    let images = vector(elementCount: input.elementCount, place: .input)
    var value: ValueID
    let byImage = blocksByImage(network, input: input, options: options)
    if byImage.isEmpty {
      value = activation(
        ActivationLayout(
          batch: input.batch, height: input.height, width: input.width,
          channels: input.channels, padded: false))
      emitInput(images, value)
    } else {
      value = try lowerByImage(byImage, images: images, input: input)
    }
    var features: [Feature] = []
    var featureElementCount = 0
    for (index, block) in network.blocks.enumerated() where index + 1 >= byImage.count {
      if index >= byImage.count { value = try lower(block, source: value, form: options.form) }
      if options.collectsFeatures, let name = block.featureName {
        let feature = Feature(
          name: name, layout: layout(of: value), offset: featureElementCount)
        featureElementCount += feature.elementCount
        emitFeature(feature, value)
        features.append(feature)
      }
    }
    emitHead(network.head, value)
    return features
  }

  private mutating func emitInput(_ images: ValueID, _ value: ValueID) {
    emit(
      StepDescription(name: "input", algorithm: "nchw-to-nhwc"),
      InputConversionStep(layout: layout(of: value), kernels: kernels), reads: [images],
      writes: [value])
  }

  private mutating func emitFeature(_ feature: Feature, _ value: ValueID) {
    let copy = vector(elementCount: feature.elementCount, place: .features(feature.offset))
    emit(
      StepDescription(name: feature.name, algorithm: "nhwc-to-nchw"),
      FeatureStep(layout: feature.layout, kernels: kernels), reads: [value], writes: [copy])
  }

  /// The classifier's logits, or without one the pooled features.
  private mutating func emitHead(_ head: Linear?, _ value: ValueID) {
    let layout = layout(of: value)
    let pooled = emitPool(value, name: "pool")
    let outputCount = head?.outputCount ?? layout.channels
    let output = vector(elementCount: layout.batch * outputCount, place: .output)
    guard let head else {
      emit(
        StepDescription(name: "output", algorithm: "copy"), PooledOutputStep(layout: layout),
        reads: [pooled], writes: [output])
      return
    }
    emitLinear(
      head, name: "head", batch: layout.batch, source: pooled, sourcePitch: layout.pixelStride,
      destination: output, destinationPitch: outputCount, activation: .none)
  }

  /// The means of every channel of an activation.
  mutating func emitPool(_ value: ValueID, name: String) -> ValueID {
    let layout = layout(of: value)
    let pooled = vector(elementCount: layout.batch * layout.pixelStride)
    emit(
      StepDescription(name: name, algorithm: "mean"),
      GlobalPoolStep(layout: layout, kernels: kernels),
      reads: [value], writes: [pooled])
    return pooled
  }

  /// A linear map of a batch of vectors; pitches are floats from one vector to the next.
  mutating func emitLinear(
    _ linear: Linear, name: String, batch: Int, source: ValueID, sourcePitch: Int,
    destination: ValueID, destinationPitch: Int, activation: LinearStep.Activation
  ) {
    let map = PackedLinear(
      inputCount: linear.inputCount, outputCount: linear.outputCount, kernels: kernels)
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
    emit(
      description,
      LinearStep(
        batch: batch, map: map, sourcePitch: sourcePitch, destinationPitch: destinationPitch,
        activation: activation),
      reads: [source], writes: [destination], weights: weights)
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
