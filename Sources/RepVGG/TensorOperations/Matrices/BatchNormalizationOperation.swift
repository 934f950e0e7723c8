/// Channels scaled and shifted by stored statistics: the inputs are the tensor, scale, shift, mean
/// and variance.
package struct BatchNormalizationOperation: TensorOperation {
  package static let operatorTypes = ["BatchNormalization"]

  package var epsilon: Float

  package init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    if try node.bool("training_mode") { throw node.unsupported("training") }
    if node.opset < 9, try !node.bool("spatial", default: true) {
      throw node.unsupported("a mean for each pixel")
    }
    return node.reading(
      BatchNormalizationOperation(epsilon: try node.float("epsilon") ?? 1e-5), 5)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "BatchNormalization", attributes: [ONNXAttribute("epsilon", .float(epsilon))],
      inputs: (0..<5).map { .value($0) })
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    return input.with(try withChannels(input.dimensions, of: inputs.optional(1)))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    var values = try inputs.reals(0, self)
    let count = try channels(result.shape, atLeast: 2)
    let scale = try perChannel(inputs, 1, count: count)
    let shift = try perChannel(inputs, 2, count: count)
    let mean = try perChannel(inputs, 3, count: count)
    let variance = try perChannel(inputs, 4, count: count)
    let pixels = result.shape[2...].reduce(1, *)
    for image in 0..<result.shape[0] {
      for channel in 0..<count {
        let factor = scale[channel] / (variance[channel] + Double(epsilon)).squareRoot()
        let first = (image * count + channel) * pixels
        for index in first..<first + pixels {
          values[index] = (values[index] - mean[channel]) * factor + shift[channel]
        }
      }
    }
    result.elements = .real(values)
    return result
  }
}
