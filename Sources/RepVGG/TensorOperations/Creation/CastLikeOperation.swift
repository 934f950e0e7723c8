/// The first input as the type of the second one.
package struct CastLikeOperation: TensorOperation {
  package static let operatorTypes = ["CastLike"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(CastLikeOperation(), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if opset < 15 { throw notIn(opset: opset, since: 15) }
    return ONNXForm("CastLike", inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    TensorFacts(
      elementType: try inputs.required(1, self).elementType,
      dimensions: try inputs.required(0, self).dimensions)
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    guard let like: TensorFacts = inputs.optional(1) else { return nil }
    return CastOperation.elements(of: inputs.optional(0), as: like.elementType)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    CastOperation.converted(
      try inputs.required(0, self), to: try inputs.required(1, self).elementType)
  }
}
