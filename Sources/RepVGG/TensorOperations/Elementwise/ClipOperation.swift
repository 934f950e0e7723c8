/// Elements limited to a range: the second and third inputs, each of which may be absent.
package struct ClipOperation: TensorOperation {
  package static let operatorTypes = ["Clip"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard node.opset < 11 else { return node.reading(ClipOperation(), 3) }
    func limit(_ name: String) throws(RepVGGError) -> OperationInput {
      try node.float(name).map { .constant(ReferenceTensor(shape: [], [Double($0)])) } ?? .absent
    }
    return [
      TensorOperationNode(
        ClipOperation(), inputs: [node.input(0), try limit("min"), try limit("max")])
    ]
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Clip", inputs: [.value(0), .value(1), .value(2)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    return input.with(input.dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    let limits: [ReferenceTensor?] = [inputs.optional(1), inputs.optional(2)]
    guard limits.allSatisfy({ $0?.count ?? 1 == 1 }) else {
      throw invalid("its limits are not single numbers")
    }
    switch result.elements {
    case .real(let values):
      let low = limits[0]?.reals?.first ?? -.infinity
      let high = limits[1]?.reals?.first ?? .infinity
      // The upper limit wins over the lower one, and not a number stays so.
      result.elements = .real(
        values.map {
          let raised = $0 < low ? low : $0
          return raised > high ? high : raised
        })
    case .integer(let values):
      let low = limits[0]?.integers?.first ?? .min
      let high = limits[1]?.integers?.first ?? .max
      result.elements = .integer(values.map { min(max($0, low), high) })
    }
    return result
  }
}
