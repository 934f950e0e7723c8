/// The first input broadcast with a shape, the second.
package struct ExpandOperation: RearrangingOperation {
  package static let operatorTypes = ["Expand"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(ExpandOperation(), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Expand", inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    let target = try inputs.required(1, self)
    guard let dimensions = data.dimensions, let shape = target.elements else {
      return data.with(nil)
    }
    guard shape.allSatisfy({ $0.size ?? 0 >= 0 }) else { throw invalid("its shape is \(shape)") }
    guard let result = [Dimension].broadcast([dimensions, shape]) else {
      throw invalid("\(dimensions) does not expand to \(shape)")
    }
    return data.with(result)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let input = try inputs.required(0, self)
    return StridedRows(
      shape, strides: [StridedRows.broadcastStrides(of: input.shape, to: shape)]
    ).sources()
  }
}
