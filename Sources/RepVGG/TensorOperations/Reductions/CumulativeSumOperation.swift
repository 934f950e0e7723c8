/// Sums of the elements up to each along an axis, the second input.
package struct CumulativeSumOperation: TensorOperation {
  package static let operatorTypes = ["CumSum"]

  /// Whether the element itself does not count.
  package var isExclusive: Bool
  /// Whether the sum begins at the last element.
  package var isReversed: Bool

  package init(isExclusive: Bool = false, isReversed: Bool = false) {
    self.isExclusive = isExclusive
    self.isReversed = isReversed
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      CumulativeSumOperation(
        isExclusive: try node.bool("exclusive"), isReversed: try node.bool("reverse")), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "CumSum",
      attributes: [
        ONNXAttribute("exclusive", .int(isExclusive ? 1 : 0)),
        ONNXAttribute("reverse", .int(isReversed ? 1 : 0)),
      ], inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    _ = try inputs.required(1, self)
    return input.with(input.dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    guard let axis = try inputs.integers(1, self).first else { throw invalid("it has no axis") }
    let layout = AxisLayout(
      result.shape, axes: [try normalized(Int(axis), rank: result.shape.count)])
    switch result.elements {
    case .real(var values):
      summed(&values, layout, 0, +)
      result.elements = .real(values)
    case .integer(var values):
      summed(&values, layout, 0, &+)
      result.elements = .integer(values)
    }
    return result.wrapped()
  }

  private func summed<Element>(
    _ values: inout [Element], _ layout: AxisLayout, _ zero: Element,
    _ plus: (Element, Element) -> Element
  ) {
    let offsets = isReversed ? layout.offsets.reversed() : layout.offsets
    for start in layout.starts {
      var sum = zero
      for offset in offsets {
        let place = Int(start + offset)
        let next = plus(sum, values[place])
        values[place] = isExclusive ? sum : next
        sum = next
      }
    }
  }
}
