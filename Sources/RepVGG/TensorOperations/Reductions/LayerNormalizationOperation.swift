/// Elements standardized over the dimensions from an axis on, scaled and shifted: the inputs are
/// the tensor, scale and shift, which are broadcast and of which the last may be absent.
package struct LayerNormalizationOperation: TensorOperation {
  package static let operatorTypes = ["LayerNormalization"]

  /// What of it is the result; the raw value is the output of the node.
  package enum Output: Int, Sendable, CaseIterable {
    case elements, mean, inverseDeviation
  }

  package var axis: Int
  package var epsilon: Float
  package var output: Output

  package init(axis: Int = -1, epsilon: Float = 1e-5, output: Output = .elements) {
    self.axis = axis
    self.epsilon = epsilon
    self.output = output
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let axis = try node.int("axis") ?? -1
    let epsilon = try node.float("epsilon") ?? 1e-5
    return Output.allCases.prefix(max(1, node.node.outputs.count)).flatMap {
      node.reading(LayerNormalizationOperation(axis: axis, epsilon: epsilon, output: $0), 3)
    }
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if opset < 17 { throw notIn(opset: opset, since: 17) }
    var form = ONNXForm(
      "LayerNormalization",
      attributes: [
        ONNXAttribute("axis", .int(Int64(axis))), ONNXAttribute("epsilon", .float(epsilon)),
      ], inputs: [.value(0), .value(1), .value(2)])
    form.output = output.rawValue
    form.outputCount = output.rawValue + 1
    return form
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    _ = try inputs.required(1, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    let first = try normalized(axis, rank: dimensions.count)
    guard output != .elements else { return input.with(dimensions) }
    return input.with(
      dimensions.reduced(along: Array(first..<dimensions.count), keeps: true))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    var values = try inputs.reals(0, self)
    let shape = result.shape
    let axis = try normalized(axis, rank: shape.count)
    _ = try resultShape(of: inputs)
    guard output == .elements else { return try statistics(result, from: axis) }
    let layout = AxisLayout(shape, axes: Array(axis..<shape.count))
    Normalization.standardize(&values, layout, epsilon: Double(epsilon))
    result.elements = .real(values)
    result = try BinaryOperation(.multiply).evaluated(on: [result, inputs.optional(1)])
    if let shift: ReferenceTensor = inputs.optional(2) {
      result = try BinaryOperation(.add).evaluated(on: [result, shift])
    }
    guard result.shape == shape else { throw invalid("its scale is larger than its input") }
    return result
  }

  private func statistics(
    _ input: ReferenceTensor, from axis: Int
  ) throws(RepVGGError) -> ReferenceTensor {
    let mean = ReductionOperation(.mean, axes: Array(axis..<input.shape.count))
    let means = try mean.evaluated(on: [input])
    if output == .mean { return means }
    let differences = try BinaryOperation(.subtract).evaluated(on: [input, means])
    var variances = try mean.evaluated(on: [
      BinaryOperation(.multiply).evaluated(on: [differences, differences])
    ])
    variances.elements = .real(
      try [variances].reals(0, self).map { 1 / ($0 + Double(epsilon)).squareRoot() })
    return variances
  }
}
