/// A new dimension in which the element at an index has one value and the others another one: the
/// inputs are indices, the size, and the two values, that of the others first.
package struct OneHotOperation: RearrangingOperation {
  package static let operatorTypes = ["OneHot"]

  package var axis: Int

  package init(axis: Int = -1) { self.axis = axis }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(OneHotOperation(axis: try node.int("axis") ?? -1), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "OneHot", attributes: [ONNXAttribute("axis", .int(Int64(axis)))],
      inputs: [.value(0), .value(1), .value(2)])
  }

  package func dataInputs(_ count: Int) -> [Int] { [2] }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let indices = try inputs.required(0, self)
    let depth = try inputs.required(1, self)
    let values = try inputs.required(2, self)
    guard var dimensions = indices.dimensions else { return values.with(nil) }
    let size = depth.elements?.first ?? .unknown
    if let size = size.size, size < 0 { throw invalid("its depth is \(size)") }
    dimensions.insert(size, at: try normalized(axis, rank: dimensions.count + 1))
    return values.with(dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var inputs = inputs
    // Indices may be of any type.
    if let indices: ReferenceTensor = inputs.optional(0), indices.reals != nil {
      inputs[0] = CastOperation.converted(indices, to: .int64)
    }
    return try rearranged(inputs, shape: resultShape(of: inputs))
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let indices = try inputs.required(0, self)
    guard indices.integers.count == indices.count, try inputs.required(2, self).count == 2 else {
      throw invalid("its indices are not numbers, or it has not two values")
    }
    let axis = try normalized(axis, rank: shape.count)
    let size = shape[axis]
    let inner = shape[(axis + 1)...].reduce(1, *)
    var sources = [Int32](repeating: 0, count: shape.reduce(1, *))
    for (place, index) in indices.integers.enumerated() {
      guard index >= -Int64(size), index < Int64(size) else { continue }
      let hot = index < 0 ? Int(index) + size : Int(index)
      sources[(place / inner * size + hot) * inner + place % inner] = 1
    }
    return sources
  }
}
