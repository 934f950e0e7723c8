/// The number of elements.
package struct SizeOperation: TensorOperation {
  package static let operatorTypes = ["Size"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(SizeOperation(), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Size", inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    _ = try inputs.required(0, self)
    return TensorFacts(elementType: .int64, dimensions: [])
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    let input: TensorFacts? = inputs.optional(0)
    return input?.dimensions.map { [.product($0)] }
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let input = try inputs.required(0, self)
    return ReferenceTensor(shape: [], integers: [Int64(input.count)])
  }
}
