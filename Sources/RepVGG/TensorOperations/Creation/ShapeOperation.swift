/// The sizes of the dimensions from one to before another.
package struct ShapeOperation: TensorOperation {
  package static let operatorTypes = ["Shape"]

  package var start: Int
  /// Nil for the rank.
  package var end: Int?

  package init(start: Int = 0, end: Int? = nil) {
    self.start = start
    self.end = end
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      ShapeOperation(start: try node.int("start") ?? 0, end: try node.int("end")), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    var attributes: [ONNXAttribute] = []
    if start != 0 { attributes.append(ONNXAttribute("start", .int(Int64(start)))) }
    if let end { attributes.append(ONNXAttribute("end", .int(Int64(end)))) }
    if !attributes.isEmpty, opset < 15 { throw notIn(opset: opset, since: 15) }
    return ONNXForm("Shape", attributes: attributes, inputs: [.value(0)])
  }

  private func part(_ dimensions: [Dimension]) -> [Dimension] {
    func position(_ index: Int) -> Int {
      min(max(index < 0 ? index &+ dimensions.count : index, 0), dimensions.count)
    }
    let first = position(start)
    return Array(dimensions[first..<max(first, position(end ?? dimensions.count))])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    return TensorFacts(
      elementType: .int64,
      dimensions: [input.dimensions.map { .fixed(part($0).count) } ?? .unknown])
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    let input: TensorFacts? = inputs.optional(0)
    return input?.dimensions.map(part)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try inputs.required(0, self).shape
    return ReferenceTensor(part(shape.map { .fixed($0) }).compactMap(\.size))
  }
}
