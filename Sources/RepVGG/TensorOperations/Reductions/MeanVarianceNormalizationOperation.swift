/// Elements standardized over axes.
package struct MeanVarianceNormalizationOperation: TensorOperation {
  package static let operatorTypes = ["MeanVarianceNormalization"]

  package var axes: [Int]

  package init(axes: [Int] = [0, 2, 3]) { self.axes = axes }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      MeanVarianceNormalizationOperation(axes: try node.ints("axes") ?? [0, 2, 3]), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "MeanVarianceNormalization",
      attributes: [ONNXAttribute("axes", .ints(axes.map { Int64($0) }))], inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    if let rank = input.rank { _ = try normalized(axes, rank: rank) }
    return input.with(input.dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    var values = try inputs.reals(0, self)
    let layout = AxisLayout(
      result.shape, axes: try normalized(axes, rank: result.shape.count))
    // The constant of ONNX's definition.
    Normalization.standardize(&values, layout, rootEpsilon: 1e-9)
    result.elements = .real(values)
    return result
  }
}
