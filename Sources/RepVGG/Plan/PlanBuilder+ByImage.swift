/// Lowering of a network's first layers image by image.
extension PlanBuilder {
  /// The blocks that run image by image: those of the first two stages, whose activations are
  /// large and whose weights are few, where the workers can share out the images evenly.
  ///
  /// Only the last may be a feature that the session collects; a gate, which needs means of whole
  /// images, ends the sequence.
  func blocksByImage(_ network: Network, input: InputShape, options: PlanOptions) -> [Block] {
    let isEven = input.batch % workerCount == 0 || input.batch >= 4 * workerCount
    guard input.batch > 1, input.batch >= workerCount, isEven, options.form == .plain,
      options.algorithm != .im2col
    else { return [] }
    var blocks: [Block] = []
    for block in network.blocks {
      guard block.shape.stage <= 1, block.gate == nil else { break }
      blocks.append(block)
      if options.collectsFeatures, block.featureName != nil { break }
    }
    return blocks.count > 1 ? blocks : []
  }

  /// Emits the conversion of the input and the blocks as one step; returns the last one's output.
  mutating func lowerByImage(
    _ blocks: [Block], input: InputShape
  ) throws(RepVGGError) -> ValueID {
    let firstStep = steps.count
    var value = activation(
      ActivationLayout(
        batch: workerCount, height: input.height, width: input.width, channels: input.channels,
        padded: false))
    var chain = [value]
    let conversion = layout(of: value).withBatch(1)
    emit(
      StepDescription(name: "input", algorithm: "nchw-to-nhwc"), reads: [], writes: [value]
    ) { [value] place in InputConversionStep(layout: conversion, destination: place(value)) }
    for (index, block) in blocks.enumerated() {
      let isLast = index == blocks.count - 1
      let layout = outputLayout(block.shape, of: value)
      let destination = activation(isLast ? layout.withBatch(input.batch) : layout)
      try emitPlainConvolution(
        block, source: value, destination: destination, appliesReLU: true, byImage: true)
      value = destination
      chain.append(value)
    }
    mergeSteps(from: firstStep, chain: chain, input: input)
    return value
  }

  /// Replaces the steps of a chain of values by one that loops over the images.
  private mutating func mergeSteps(from firstStep: Int, chain: [ValueID], input: InputShape) {
    let inner = takeSteps(from: firstStep)
    let layouts = chain.map { layout(of: $0) }
    let description = StepDescription(
      name: inner[1].description.name + " to " + inner[inner.count - 1].description.name,
      algorithm: "image by image", convolution: nil,
      multiplicationCount: input.batch
        * inner.reduce(0) { $0 + $1.description.multiplicationCount },
      weightByteCount: inner.reduce(0) { $0 + $1.description.weightByteCount },
      parts: inner.map(\.description))
    let batch = input.batch
    let imageElementCount = input.elementCount / input.batch
    emit(description, reads: [], writes: chain) { place in
      let strides = layouts.enumerated().map { index, layout in
        index == layouts.count - 1
          ? ImageLoopStep.Stride.image(layout.imageStride) : .worker(layout.imageStride)
      }
      return ImageLoopStep(
        batch: batch, imageElementCount: imageElementCount,
        items: inner.enumerated().map { index, pending in
          ImageLoopStep.Item(
            step: pending.make(place), source: strides[max(0, index - 1)],
            destination: strides[index])
        },
        copies: zip(layouts, chain).dropLast().map { ($0, place($1)) })
    }
  }
}
