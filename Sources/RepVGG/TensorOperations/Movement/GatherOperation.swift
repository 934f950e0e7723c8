/// Elements of an axis by their indices: the dimensions of the indices take the place of the axis.
package struct GatherOperation: RearrangingOperation {
  package static let operatorTypes = ["Gather"]

  package var axis: Int

  package init(axis: Int = 0) { self.axis = axis }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(GatherOperation(axis: try node.int("axis") ?? 0), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "Gather", attributes: [ONNXAttribute("axis", .int(Int64(axis)))],
      inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    let indices = try inputs.required(1, self)
    guard let dimensions = data.dimensions, let places = indices.dimensions else {
      return data.with(nil)
    }
    let axis = try normalized(axis, rank: dimensions.count)
    return data.with(dimensions[..<axis] + places + dimensions[(axis + 1)...])
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let data = try inputs.required(0, self)
    let indices = try inputs.required(1, self)
    let axis = try normalized(axis, rank: data.shape.count)
    let places = try checkedIndices(indices, size: data.shape[axis])
    let inner = data.shape[(axis + 1)...].reduce(1, *)
    var sources: [Int32] = []
    for outer in 0..<data.shape[..<axis].reduce(1, *) {
      for place in places {
        let first = (outer * data.shape[axis] + place) * inner
        for offset in 0..<inner { sources.append(Int32(truncatingIfNeeded: first + offset)) }
      }
    }
    return sources
  }
}

extension TensorOperation {
  /// Indices into a dimension; negative ones count from its end.
  func checkedIndices(
    _ indices: ArrangementInput, size: Int
  ) throws(RepVGGError) -> [Int] {
    guard indices.integers.count == indices.count else {
      throw invalid("its indices are not integers")
    }
    var result: [Int] = []
    result.reserveCapacity(indices.count)
    for index in indices.integers { result.append(try checkedIndex(index, size: size)) }
    return result
  }

  func checkedIndex(_ index: Int64, size: Int) throws(RepVGGError) -> Int {
    guard index >= -Int64(size), index < Int64(size) else {
      throw invalid("the index \(index) is outside a dimension of \(size)")
    }
    return index < 0 ? Int(index) + size : Int(index)
  }
}
