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
    _ blocks: [Block], images: ValueID, input: InputShape
  ) throws(RepVGGError) -> ValueID {
    let firstStep = steps.count
    var value = activation(
      ActivationLayout(
        batch: workerCount, height: input.height, width: input.width, channels: input.channels,
        padded: false))
    var chain = [value]
    let conversion = layout(of: value).withBatch(1)
    emit(
      StepDescription(name: "input", algorithm: "nchw-to-nhwc"),
      InputConversionStep(layout: conversion, kernels: kernels), reads: [images], writes: [value])
    for (index, block) in blocks.enumerated() {
      let isLast = index == blocks.count - 1
      let layout = outputLayout(block.shape, of: value)
      let destination = activation(isLast ? layout.withBatch(input.batch) : layout)
      try emitPlainConvolution(
        block, source: value, destination: destination, appliesReLU: true, byImage: true)
      value = destination
      chain.append(value)
    }
    mergeSteps(from: firstStep, images: images, chain: chain, input: input)
    return value
  }

  /// Replaces the steps of a chain of values by one that loops over the images.
  private mutating func mergeSteps(
    from firstStep: Int, images: ValueID, chain: [ValueID], input: InputShape
  ) {
    let inner = takeSteps(from: firstStep)
    let layouts = chain.map { layout(of: $0) }
    let description = StepDescription(
      name: inner[1].description.name + " to " + inner[inner.count - 1].description.name,
      algorithm: "image by image", convolution: nil,
      multiplicationCount: input.batch
        * inner.reduce(0) { $0 + $1.description.multiplicationCount },
      weightByteCount: inner.reduce(0) { $0 + $1.description.weightByteCount },
      parts: inner.map(\.description))
    // The images and the last value hold the batch, of the others each worker has a copy.
    let strides =
      [ImageLoopStep.Stride.image(input.elementCount / input.batch)]
      + layouts.dropLast().map { .worker($0.imageStride) }
      + layouts.suffix(1).map { .image($0.imageStride) }
    let values = [images] + chain
    var operands: [ImageLoopStep.Operand] = []
    let items = inner.map { step in
      let firstOperand = operands.count
      for value in step.reads + step.writes {
        guard let index = values.firstIndex(of: value) else {
          preconditionFailure("\(step.description.name) has an operand outside its loop")
        }
        operands.append(ImageLoopStep.Operand(index: index, stride: strides[index]))
      }
      return ImageLoopStep.Item(
        kernel: step.kernel, firstOperand: firstOperand, readCount: step.reads.count,
        weights: step.weights)
    }
    emit(
      description,
      ImageLoopStep(
        batch: input.batch, items: items, operands: operands, copies: layouts.dropLast()),
      reads: [images], writes: chain,
      scratchElementCount: scratchElementCount
        + ImageLoopStep.addressElementCount(operandCount: operands.count))
  }
}
