/// The upper or lower triangle of matrices; the rest is zero.
package struct TriluOperation: RearrangingOperation {
  package static let operatorTypes = ["Trilu"]

  package var isUpper: Bool

  package init(isUpper: Bool = true) { self.isUpper = isUpper }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(TriluOperation(isUpper: try node.bool("upper", default: true)), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if opset < 14 { throw notIn(opset: opset, since: 14) }
    return ONNXForm(
      "Trilu", attributes: [ONNXAttribute("upper", .int(isUpper ? 1 : 0))],
      inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    if let rank = input.rank, rank < 2 { throw invalid("its input is not a matrix") }
    return input.with(input.dimensions)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let columns = shape[shape.count - 1]
    let rows = shape[shape.count - 2]
    // The diagonal that both triangles have.
    let limit = Int64(max(rows, columns) + 1)
    let shift = Int(min(max(inputs.optional(1)?.integers.first ?? 0, -limit), limit))
    return (0..<shape.reduce(1, *)).map { index in
      let row = index / columns % rows
      let column = index % columns
      let isKept = isUpper ? column >= row + shift : column <= row + shift
      return isKept ? Int32(truncatingIfNeeded: index) : -1
    }
  }
}
