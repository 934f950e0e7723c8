/// Elements divided by their norm along an axis.
package struct LpNormalizationOperation: TensorOperation {
  package static let operatorTypes = ["LpNormalization"]

  package var axis: Int
  /// 1 or 2.
  package var power: Int

  package init(axis: Int = -1, power: Int = 2) {
    self.axis = axis
    self.power = power
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let power = try node.int("p") ?? 2
    guard power == 1 || power == 2 else { throw node.invalid("its power is \(power)") }
    return node.reading(
      LpNormalizationOperation(axis: try node.int("axis") ?? -1, power: power), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "LpNormalization",
      attributes: [
        ONNXAttribute("axis", .int(Int64(axis))), ONNXAttribute("p", .int(Int64(power))),
      ],
      inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    if let rank = input.rank { _ = try normalized(axis, rank: rank) }
    return input.with(input.dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    var values = try inputs.reals(0, self)
    let layout = AxisLayout(
      result.shape, axes: [try normalized(axis, rank: result.shape.count)])
    for start in layout.starts {
      let places = layout.offsets.lazy.map { Int(start + $0) }
      let norm =
        power == 1
        ? places.reduce(0) { $0 + abs(values[$1]) }
        : places.reduce(0) { $0 + values[$1] * values[$1] }.squareRoot()
      // Zeros stay, as runtimes keep them.
      if norm != 0 { for place in places { values[place] /= norm } }
    }
    result.elements = .real(values)
    return result
  }
}
