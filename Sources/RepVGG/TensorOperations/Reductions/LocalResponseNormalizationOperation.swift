import Glibc

/// Elements divided by a power of the sum of squares of neighbouring channels.
package struct LocalResponseNormalizationOperation: TensorOperation {
  package static let operatorTypes = ["LRN"]

  /// The number of channels.
  package var size: Int
  package var alpha: Float
  package var beta: Float
  package var bias: Float

  package init(size: Int, alpha: Float = 1e-4, beta: Float = 0.75, bias: Float = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let size = try node.int("size"), (1...1 << 16).contains(size) else {
      throw node.invalid("its size is missing or not from 1 to 65536")
    }
    return node.reading(
      LocalResponseNormalizationOperation(
        size: size, alpha: try node.float("alpha") ?? 1e-4, beta: try node.float("beta") ?? 0.75,
        bias: try node.float("bias") ?? 1), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "LRN",
      attributes: [
        ONNXAttribute("size", .int(Int64(size))), ONNXAttribute("alpha", .float(alpha)),
        ONNXAttribute("beta", .float(beta)), ONNXAttribute("bias", .float(bias)),
      ], inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    return input.with(try withChannels(input.dimensions, of: nil))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    let values = try inputs.reals(0, self)
    let channels = try channels(result.shape, atLeast: 2)
    try checkWork([values.count, min(size, channels)])
    let layout = AxisLayout(result.shape, axes: [1])
    var normalized = values
    for start in layout.starts {
      let squares = layout.offsets.map { values[Int(start + $0)] * values[Int(start + $0)] }
      for channel in 0..<channels {
        let first = max(0, channel - (size - 1) / 2)
        let last = min(channels - 1, channel + size / 2)
        let sum = squares[first...last].reduce(0, +)
        let place = Int(start + layout.offsets[channel])
        normalized[place] =
          values[place] / pow(Double(bias) + Double(alpha) / Double(size) * sum, Double(beta))
      }
    }
    result.elements = .real(normalized)
    return result
  }
}
