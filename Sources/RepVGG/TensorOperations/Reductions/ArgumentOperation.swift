/// The index of the largest or smallest element along an axis.
package struct ArgumentOperation: TensorOperation {
  package enum Function: String, Sendable { case maximum = "ArgMax", minimum = "ArgMin" }

  package static let operatorTypes = ["ArgMax", "ArgMin"]

  package var function: Function
  package var axis: Int
  /// Whether the reduced dimension stays, as 1.
  package var keepsDimensions: Bool
  /// Whether the last of equal elements counts, not the first.
  package var selectsLast: Bool

  package init(
    _ function: Function, axis: Int = 0, keepsDimensions: Bool = true, selectsLast: Bool = false
  ) {
    self.function = function
    self.axis = axis
    self.keepsDimensions = keepsDimensions
    self.selectsLast = selectsLast
  }

  package var operatorType: String { function.rawValue }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      ArgumentOperation(
        node.node.type == "ArgMax" ? .maximum : .minimum, axis: try node.int("axis") ?? 0,
        keepsDimensions: try node.bool("keepdims", default: true),
        selectsLast: try node.bool("select_last_index")), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      function.rawValue,
      attributes: [
        ONNXAttribute("axis", .int(Int64(axis))),
        ONNXAttribute("keepdims", .int(keepsDimensions ? 1 : 0)),
        ONNXAttribute("select_last_index", .int(selectsLast ? 1 : 0)),
      ], inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else {
      return TensorFacts(elementType: .int64, dimensions: nil)
    }
    let axis = try normalized(axis, rank: dimensions.count)
    return TensorFacts(
      elementType: .int64, dimensions: dimensions.reduced(along: [axis], keeps: keepsDimensions))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let input = try inputs.required(0, self)
    let shape = try resultShape(of: inputs)
    let axis = try normalized(axis, rank: input.shape.count)
    guard input.shape[axis] > 0 else { throw invalid("it chooses among no elements") }
    let layout = AxisLayout(input.shape, axes: [axis])
    let indices: [Int64] =
      switch input.elements {
      case .real(let values): layout.starts.map { index(layout, $0, values) }
      case .integer(let values): layout.starts.map { index(layout, $0, values) }
      }
    return ReferenceTensor(shape: shape, integers: indices)
  }

  private func index<Element: Comparable>(
    _ layout: AxisLayout, _ start: Int32, _ values: [Element]
  ) -> Int64 {
    var best = 0
    for index in layout.offsets.indices.dropFirst() {
      let new = values[Int(start + layout.offsets[index])]
      let old = values[Int(start + layout.offsets[best])]
      let isBetter = function == .maximum ? new > old : new < old
      if isBetter || selectsLast && new == old { best = index }
    }
    return Int64(best)
  }
}
