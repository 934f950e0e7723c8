/// The input itself: also dropout, which does nothing in inference.
package struct IdentityOperation: RearrangingOperation {
  package static let operatorTypes = ["Identity", "Dropout"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    if node.node.type == "Dropout", node.has(2) {
      let training = try node.constant(2, "modes")
      guard training?.integers?.contains(1) == false else { throw node.unsupported("training") }
    }
    return node.reading(IdentityOperation(), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Identity", inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    return input.with(input.dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    try inputs.required(0, self)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    (0..<shape.reduce(1, *)).map { Int32(truncatingIfNeeded: $0) }
  }
}
