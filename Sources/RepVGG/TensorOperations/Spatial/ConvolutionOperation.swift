/// A convolution of any number of dimensions: the inputs are images, weights and optionally a bias.
package struct ConvolutionOperation: TensorOperation {
  package static let operatorTypes = ["Conv"]

  package var window: SpatialWindow
  package var groupCount: Int

  package init(window: SpatialWindow, groupCount: Int = 1) {
    self.window = window
    self.groupCount = groupCount
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      ConvolutionOperation(window: try SpatialWindow(node), groupCount: try node.groupCount()), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "Conv", attributes: window.attributes + [ONNXAttribute("group", .int(Int64(groupCount)))],
      inputs: [.value(0), .value(1), .value(2)])
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
    guard kernel.count == rank + 2 else {
      throw invalid("its weights have \(kernel.count) dimensions, not \(rank + 2)")
    }
    if let channels = dimensions[1].size, let own = kernel[1].size,
      own.multipliedReportingOverflow(by: groupCount) != (channels, false)
    {
      throw invalid("\(channels) channels do not fit weights for \(own) in \(groupCount) groups")
    }
    if let outputs = kernel[0].size, outputs % groupCount != 0 {
      throw invalid("\(outputs) output channels are not \(groupCount) groups")
    }
    guard window.kernel.count == rank || kernel[2...].allSatisfy({ $0.size != nil }) else {
      return images.with([dimensions[0], kernel[0]] + dimensions[2...].map { _ in .unknown })
    }
    let complete = try window.complete(
      rank: rank, kernel: Array(kernel[2...]).sizes, for: self)
    return images.with(
      try [dimensions[0], kernel[0]] + complete.resultSizes(of: Array(dimensions[2...]), for: self))
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
    let window = try window.complete(
      rank: sizes.count, kernel: Array(weights.shape[2...]), for: self)
    let outputs = try outputs(window, sizes)
    try checkWork(shape + Array(weights.shape[1...]))
    let layout = ConvolutionLayout(
      batch: shape[0], groups: groupCount, inputs: weights.shape[1],
      outputs: shape[1] / groupCount, inputPixels: sizes.reduce(1, *),
      outputPixels: shape[2...].reduce(1, *), kernel: window.kernel.reduce(1, *))
    var result = layout.convolved(
      values, factors, WindowWalk(window, sizes: sizes, outputs: outputs))
    if let bias {
      for channel in 0..<shape[0] * shape[1] {
        let first = channel * layout.outputPixels
        for index in first..<first + layout.outputPixels {
          result[index] += bias[channel % shape[1]]
        }
      }
    }
    return ReferenceTensor(shape: shape, result, elementType: images.elementType)
  }

  private func outputs(
    _ window: SpatialWindow, _ sizes: [Int]
  ) throws(RepVGGError) -> [(count: Int, before: Int, after: Int)] {
    var result: [(count: Int, before: Int, after: Int)] = []
    for (axis, size) in sizes.enumerated() {
      result.append(try window.outputs(of: size, axis: axis, roundsUp: false, for: self))
    }
    return result
  }
}

extension ONNXOperator {
  func groupCount() throws(RepVGGError) -> Int {
    let count = try int("group") ?? 1
    guard (1...1 << 28).contains(count) else { throw invalid("it has \(count) groups") }
    return count
  }
}

/// The sizes of a convolution, all dimensions of pixels as one.
struct ConvolutionLayout {
  var batch: Int
  var groups: Int
  /// Channels per group.
  var inputs: Int
  /// Channels per group.
  var outputs: Int
  var inputPixels: Int
  var outputPixels: Int
  /// Weights of a pair of channels.
  var kernel: Int

  /// `[batch, groups * outputs, outputPixels]`.
  func convolved(_ images: [Double], _ weights: [Double], _ walk: WindowWalk) -> [Double] {
    let channels = groups * outputs
    var result = [Double](repeating: 0, count: batch * channels * outputPixels)
    guard !result.isEmpty, inputs > 0, inputPixels > 0 else { return result }
    let length = inputs * kernel
    var patch = [Double](repeating: 0, count: length)
    result.withUnsafeMutableBufferPointer { result in
      images.withUnsafeBufferPointer { images in
        weights.withUnsafeBufferPointer { weights in
          patch.withUnsafeMutableBufferPointer { patch in
            guard let rows = weights.baseAddress, let row = patch.baseAddress else { return }
            var pixel = 0
            walk.forEach { indices, offsets, _ in
              for group in 0..<batch * groups {
                patch.update(repeating: 0)
                for input in 0..<inputs {
                  let source = (group * inputs + input) * inputPixels
                  for place in indices.indices {
                    patch[input * kernel + indices[place]] = images[source + offsets[place]]
                  }
                }
                for output in 0..<outputs {
                  let weight = rows + (group % groups * outputs + output) * length
                  result[(group * outputs + output) * outputPixels + pixel] = Self.product(
                    row, weight, length)
                }
              }
              pixel += 1
            }
          }
        }
      }
    }
    return result
  }

  /// The sum of products, as four sums so that they need not wait for each other.
  private static func product(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ count: Int
  ) -> Double {
    var sums = (0.0, 0.0, 0.0, 0.0)
    var index = 0
    while index + 4 <= count {
      sums.0 += left[index] * right[index]
      sums.1 += left[index + 1] * right[index + 1]
      sums.2 += left[index + 2] * right[index + 2]
      sums.3 += left[index + 3] * right[index + 3]
      index += 4
    }
    while index < count {
      sums.0 += left[index] * right[index]
      index += 1
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}
