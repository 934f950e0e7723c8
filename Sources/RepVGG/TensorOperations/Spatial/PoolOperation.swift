/// The largest element, or the mean, of a window that moves over the pixels.
package struct PoolOperation: TensorOperation {
  package enum Function: Sendable, Hashable {
    case maximum
    /// Whether padding counts as zeros.
    case average(countsPadding: Bool)
  }

  package static let operatorTypes = ["MaxPool", "AveragePool"]

  package var function: Function
  package var window: SpatialWindow
  /// Whether a last window that is not whole counts.
  package var roundsUp: Bool

  package init(_ function: Function, window: SpatialWindow, roundsUp: Bool = false) {
    self.function = function
    self.window = window
    self.roundsUp = roundsUp
  }

  package var operatorType: String { function == .maximum ? "MaxPool" : "AveragePool" }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let window = try SpatialWindow(node)
    guard !window.kernel.isEmpty else { throw node.invalid("its kernel_shape is missing") }
    let function: Function =
      node.node.type == "MaxPool"
      ? .maximum : .average(countsPadding: try node.bool("count_include_pad"))
    return node.reading(
      PoolOperation(function, window: window, roundsUp: try node.bool("ceil_mode")), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    var attributes = window.attributes
    if case .average(let countsPadding) = function {
      if opset < 19, window.dilations.contains(where: { $0 != 1 }) {
        throw notIn(opset: opset, since: 19)
      }
      if opset < 19 { attributes.removeAll { $0.name == "dilations" } }
      attributes.append(ONNXAttribute("count_include_pad", .int(countsPadding ? 1 : 0)))
    }
    attributes.append(ONNXAttribute("ceil_mode", .int(roundsUp ? 1 : 0)))
    return ONNXForm(operatorType, attributes: attributes, inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    guard dimensions.count >= 3 else { throw invalid("its input has no channels or no pixels") }
    let complete = try window.complete(rank: dimensions.count - 2, for: self)
    return input.with(
      try Array(dimensions[..<2])
        + complete.resultSizes(of: Array(dimensions[2...]), roundsUp: roundsUp, for: self))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    let input = try inputs.required(0, self)
    let sizes = Array(input.shape[2...])
    let complete = try window.complete(rank: sizes.count, for: self)
    try checkWork(shape + zip(complete.kernel, sizes).map { min($0, $1) })
    var outputs: [(count: Int, before: Int, after: Int)] = []
    for (axis, size) in sizes.enumerated() {
      outputs.append(try complete.outputs(of: size, axis: axis, roundsUp: roundsUp, for: self))
    }
    let walk = WindowWalk(complete, sizes: sizes, outputs: outputs)
    let images = shape[0] * shape[1]
    let pixels = sizes.reduce(1, *)
    switch (function, input.elements) {
    case (.maximum, .real(let values)):
      let result = pooled(walk, images, shape, 0.0) { image, offsets, _ in
        offsets.reduce(-.infinity) { BinaryOperation.maximum($0, values[image * pixels + $1]) }
      }
      return ReferenceTensor(shape: shape, result, elementType: input.elementType)
    case (.maximum, .integer(let values)):
      let result = pooled(walk, images, shape, Int64(0)) { image, offsets, _ in
        offsets.reduce(Int64.min) { max($0, values[image * pixels + $1]) }
      }
      return ReferenceTensor(shape: shape, integers: result, elementType: input.elementType)
    case (.average(let countsPadding), .real(let values)):
      let result = pooled(walk, images, shape, 0.0) { image, offsets, padded in
        offsets.reduce(0) { $0 + values[image * pixels + $1] }
          / Double(countsPadding ? padded : offsets.count)
      }
      return ReferenceTensor(shape: shape, result, elementType: input.elementType)
    default: throw invalid("its input is of integers")
    }
  }

  private func pooled<Element>(
    _ walk: WindowWalk, _ images: Int, _ shape: [Int], _ zero: Element,
    _ body: (_ image: Int, _ offsets: [Int], _ padded: Int) -> Element
  ) -> [Element] {
    let pixels = shape[2...].reduce(1, *)
    var result = [Element](repeating: zero, count: images * pixels)
    guard !result.isEmpty else { return result }
    var pixel = 0
    walk.forEach { _, offsets, padded in
      for image in 0..<images { result[image * pixels + pixel] = body(image, offsets, padded) }
      pixel += 1
    }
    return result
  }
}
