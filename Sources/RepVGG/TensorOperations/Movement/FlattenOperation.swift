/// A matrix: the dimensions before an axis, and those from it on.
package struct FlattenOperation: SameOrderOperation {
  package static let operatorTypes = ["Flatten"]

  package var axis: Int

  package init(axis: Int = 1) { self.axis = axis }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(FlattenOperation(axis: try node.int("axis") ?? 1), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "Flatten", attributes: [ONNXAttribute("axis", .int(Int64(axis)))], inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with([.unknown, .unknown]) }
    // The rank itself is allowed: a matrix of one column.
    let axis = axis == dimensions.count ? axis : try normalized(axis, rank: dimensions.count)
    return input.with([
      .product(dimensions[..<axis]), .product(dimensions[axis...]),
    ])
  }
}
