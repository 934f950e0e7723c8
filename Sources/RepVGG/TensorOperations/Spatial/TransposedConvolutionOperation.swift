/// The transposed convolution of any number of dimensions: the inputs are images, weights of
/// `[inputs, outputs / groups, kernel]` and optionally a bias.
package struct TransposedConvolutionOperation: TensorOperation {
  package static let operatorTypes = ["ConvTranspose"]

  package var window: SpatialWindow
  package var groupCount: Int
  /// Elements added after each dimension; empty for none.
  package var outputPadding: [Int]
  /// The sizes of the result, from which the padding follows; empty if the padding says it.
  package var outputSizes: [Int]

  package init(
    window: SpatialWindow, groupCount: Int = 1, outputPadding: [Int] = [], outputSizes: [Int] = []
  ) {
    self.window = window
    self.groupCount = groupCount
    self.outputPadding = outputPadding
    self.outputSizes = outputSizes
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let operation = TransposedConvolutionOperation(
      window: try SpatialWindow(node), groupCount: try node.groupCount(),
      outputPadding: try node.ints("output_padding") ?? [],
      outputSizes: try node.ints("output_shape") ?? [])
    guard
      (operation.outputPadding + operation.outputSizes).allSatisfy({
        (0...SpatialWindow.limit).contains($0)
      })
    else { throw node.invalid("its output padding or shape is out of range") }
    return node.reading(operation, 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    var attributes = window.attributes + [ONNXAttribute("group", .int(Int64(groupCount)))]
    if !outputPadding.isEmpty {
      attributes.append(ONNXAttribute("output_padding", .ints(outputPadding.map { Int64($0) })))
    }
    if !outputSizes.isEmpty {
      attributes.append(ONNXAttribute("output_shape", .ints(outputSizes.map { Int64($0) })))
    }
    return ONNXForm(
      "ConvTranspose", attributes: attributes, inputs: [.value(0), .value(1), .value(2)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let images = try inputs.required(0, self)
    let weights = try inputs.required(1, self)
    guard let dimensions = images.dimensions else { return images.with(nil) }
    guard dimensions.count >= 3 else { throw invalid("its input has no channels or no pixels") }
    let rank = dimensions.count - 2
    guard let kernel = weights.dimensions else {
      return images.with(
        [dimensions[0]] + [Dimension](repeating: .unknown, count: rank + 1))
    }
    guard kernel.count == rank + 2, Dimension.same(dimensions[1], kernel[0]) != nil else {
      throw invalid("its weights do not fit its input")
    }
    if let channels = kernel[0].size, channels % groupCount != 0 {
      throw invalid("\(channels) channels are not \(groupCount) groups")
    }
    let channels = Dimension.times(kernel[1], .fixed(groupCount))
    guard window.kernel.count == rank || kernel[2...].allSatisfy({ $0.size != nil }) else {
      return images.with([dimensions[0], channels] + dimensions[2...].map { _ in .unknown })
    }
    let complete = try window.complete(rank: rank, kernel: Array(kernel[2...]).sizes, for: self)
    var sizes: [Dimension] = []
    for axis in 0..<rank {
      guard let size = dimensions[axis + 2].size else {
        sizes.append(outputSizes[safe: axis].map { .fixed($0) } ?? .unknown)
        continue
      }
      sizes.append(.fixed(try place(complete, axis, size).count))
    }
    return images.with([dimensions[0], channels] + sizes)
  }

  /// The size of the result along an axis, and what is cut off at its ends.
  func place(
    _ window: SpatialWindow, _ axis: Int, _ size: Int
  ) throws(RepVGGError) -> (count: Int, before: Int, after: Int) {
    let rank = window.kernel.count
    guard (0...1 << 28).contains(size), outputPadding.isEmpty || outputPadding.count == rank,
      outputSizes.isEmpty || outputSizes.count == rank
    else { throw invalid("its sizes do not fit \(rank) dimensions") }
    let stride = window.strides[axis]
    let whole =
      max(0, size - 1) * stride + window.extent(axis) + (outputPadding[safe: axis] ?? 0)
    let isSame = window.padding == .sameLower || window.padding == .sameUpper
    if isSame || !outputSizes.isEmpty {
      let count = outputSizes[safe: axis] ?? size * stride
      let total = max(0, whole - count)
      let before = window.padding == .sameUpper ? total / 2 : total - total / 2
      return (count, before, total - before)
    }
    let (before, after) =
      window.padding == .none ? (0, 0) : (window.pads[axis], window.pads[axis + rank])
    guard whole >= before + after else { throw invalid("its padding is larger than its result") }
    return (whole - before - after, before, after)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    let images = try inputs.required(0, self)
    let weights = try inputs.required(1, self)
    let values = try inputs.reals(0, self)
    let factors = try inputs.reals(1, self)
    let bias =
      inputs.optional(2) == nil as ReferenceTensor?
      ? nil : try perChannel(inputs, 2, count: shape[1])
    let sizes = Array(images.shape[2...])
    let complete = try window.complete(
      rank: sizes.count, kernel: Array(weights.shape[2...]), for: self)
    try checkWork(images.shape + Array(weights.shape[1...]))
    // As of the convolution whose input is the result.
    var outputs: [(count: Int, before: Int, after: Int)] = []
    for (axis, size) in sizes.enumerated() {
      let place = try place(complete, axis, size)
      outputs.append((size, place.before, place.after))
    }
    let layout = ConvolutionLayout(
      batch: shape[0], groups: groupCount, inputs: shape[1] / groupCount,
      outputs: images.shape[1] / groupCount, inputPixels: shape[2...].reduce(1, *),
      outputPixels: sizes.reduce(1, *), kernel: complete.kernel.reduce(1, *))
    var result = layout.spread(
      values, factors, WindowWalk(complete, sizes: Array(shape[2...]), outputs: outputs))
    if let bias {
      for channel in 0..<shape[0] * shape[1] {
        let first = channel * layout.inputPixels
        for index in first..<first + layout.inputPixels {
          result[index] += bias[channel % shape[1]]
        }
      }
    }
    return ReferenceTensor(shape: shape, result, elementType: images.elementType)
  }
}

extension ConvolutionLayout {
  /// The transposed map: `[batch, groups * inputs, inputPixels]` from images of the outputs.
  func spread(_ images: [Double], _ weights: [Double], _ walk: WindowWalk) -> [Double] {
    var result = [Double](repeating: 0, count: batch * groups * inputs * inputPixels)
    guard !result.isEmpty, outputs > 0, outputPixels > 0 else { return result }
    result.withUnsafeMutableBufferPointer { result in
      images.withUnsafeBufferPointer { images in
        weights.withUnsafeBufferPointer { weights in
          var pixel = 0
          walk.forEach { indices, offsets, _ in
            for group in 0..<batch * groups {
              for output in 0..<outputs {
                let value = images[(group * outputs + output) * outputPixels + pixel]
                let row = (group % groups * outputs + output) * inputs
                for input in 0..<inputs {
                  let target = (group * inputs + input) * inputPixels
                  let weight = (row + input) * kernel
                  for place in indices.indices {
                    result[target + offsets[place]] += value * weights[weight + indices[place]]
                  }
                }
              }
            }
            pixel += 1
          }
        }
      }
    }
    return result
  }
}
