/// One element for each index: along an axis at the index, elsewhere at the place of the index.
package struct GatherElementsOperation: RearrangingOperation {
  package static let operatorTypes = ["GatherElements"]

  package var axis: Int

  package init(axis: Int = 0) { self.axis = axis }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(GatherElementsOperation(axis: try node.int("axis") ?? 0), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "GatherElements", attributes: [ONNXAttribute("axis", .int(Int64(axis)))],
      inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    let indices = try inputs.required(1, self)
    if let rank = data.rank, let other = indices.rank, rank != other {
      throw invalid("its inputs have \(rank) and \(other) dimensions")
    }
    return data.with(indices.dimensions)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    try alongAxis(
      axis, of: inputs.required(0, self).shape, indices: inputs.required(1, self))
  }
}

extension TensorOperation {
  /// For each index where its element is.
  func alongAxis(
    _ axis: Int, of shape: [Int], indices: ArrangementInput
  ) throws(RepVGGError) -> [Int32] {
    let axis = try normalized(axis, rank: shape.count)
    guard indices.shape.count == shape.count,
      shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= shape[$0] })
    else { throw invalid("indices \(indices.shape) do not fit \(shape)") }
    let places = try checkedIndices(indices, size: shape[axis])
    var strides = ReferenceTensor.strides(of: shape)
    let step = strides[axis]
    strides[axis] = 0
    let sources = StridedRows(indices.shape, strides: [strides]).sources()
    return zip(sources, places).map { $0 + Int32(truncatingIfNeeded: $1 * step) }
  }
}
