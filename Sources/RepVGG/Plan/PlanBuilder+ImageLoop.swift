extension PlanBuilder {
  /// Replaces the steps of a chain of values by one that loops over the images.
  mutating func mergeSteps(images: ValueID, chain: [ValueID], input: InputShape) {
    let inner = takeSteps(from: 0)
    let layouts = chain.map { layout(of: $0) }
    let description = StepDescription(
      name: inner[1].description.name + " to " + inner[inner.count - 1].description.name,
      algorithm: "image by image",
      multiplicationCount: input.batch
        * inner.reduce(0) { $0 + $1.description.multiplicationCount },
      weightByteCount: inner.reduce(0) { $0 + $1.description.weightByteCount },
      parts: inner.map(\.description))
    // The images and the last value hold the batch, of the others each worker has a copy.
    let floatSize = MemoryLayout<Float>.stride
    let strides =
      [ImageLoopStep.Stride.image(input.elementCount / input.batch * floatSize)]
      + layouts.dropLast().map { .worker($0.imageStride * floatSize) }
      + layouts.suffix(1).map { .image($0.imageStride * floatSize) }
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
        weights: step.weights.lowerBound)
    }
    joinWeights()
    emit(
      description,
      ImageLoopStep(
        batch: input.batch, items: items, operands: operands, copies: layouts.dropLast()),
      reads: [images], writes: chain, weights: 0..<packedByteCount,
      scratchByteCount: scratchByteCount
        + ImageLoopStep.addressByteCount(operandCount: operands.count))
  }
}
