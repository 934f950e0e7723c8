/// Every channel of every image standardized, scaled and shifted.
package struct InstanceNormalizationOperation: TensorOperation {
  package static let operatorTypes = ["InstanceNormalization"]

  package var epsilon: Float

  package init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(InstanceNormalizationOperation(epsilon: try node.float("epsilon") ?? 1e-5), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "InstanceNormalization", attributes: [ONNXAttribute("epsilon", .float(epsilon))],
      inputs: [.value(0), .value(1), .value(2)])
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
    let layout = AxisLayout(result.shape, axes: Array(2..<result.shape.count))
    Normalization.standardize(&values, layout, epsilon: Double(epsilon)) { group, _, value in
      value * scale[group % count] + shift[group % count]
    }
    result.elements = .real(values)
    return result
  }
}
