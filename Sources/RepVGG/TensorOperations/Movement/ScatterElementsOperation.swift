/// A tensor in which elements are replaced: along an axis at an index, elsewhere at its place.
package struct ScatterElementsOperation: ScatteringOperation {
  package static let operatorTypes = ["ScatterElements", "Scatter"]

  package var axis: Int
  package var reduction: ScatterReduction

  package init(axis: Int = 0, reduction: ScatterReduction = .replace) {
    self.axis = axis
    self.reduction = reduction
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      ScatterElementsOperation(
        axis: try node.int("axis") ?? 0,
        reduction: try node.choice("reduction", default: ScatterReduction.replace)), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "ScatterElements",
      attributes: [ONNXAttribute("axis", .int(Int64(axis)))]
        + (try reduction.attributes(opset: opset, of: self)),
      inputs: [.value(0), .value(1), .value(2)])
  }

  func targets(
    in shape: [Int], indices: ArrangementInput, updates: [Int]
  ) throws(RepVGGError) -> [Int32] {
    guard updates == indices.shape else {
      throw invalid("\(updates) updates have indices of \(indices.shape)")
    }
    return try alongAxis(axis, of: shape, indices: indices)
  }
}
