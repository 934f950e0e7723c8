/// Elements before and after each dimension, or fewer of them: the inputs are the tensor, as many
/// numbers before and after as there are axes, and the value, which may be absent.
package struct PadOperation: RearrangingOperation {
  package static let operatorTypes = ["Pad"]

  /// What the new elements are.
  package enum Mode: String, Sendable { case constant, reflect, edge, wrap }

  package var mode: Mode
  /// Nil for all.
  package var axes: [Int]?

  package init(mode: Mode = .constant, axes: [Int]? = nil) {
    self.mode = mode
    self.axes = axes
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let operation = PadOperation(
      mode: try node.choice("mode", default: Mode.constant), axes: try node.integers(3, "axes"))
    guard node.opset < 11 else { return node.reading(operation, 3) }
    guard let pads = try node.ints("pads") else { throw node.invalid("its pads are missing") }
    let value = Double(try node.float("value") ?? 0)
    var inputs: [OperationInput] = [node.input(0), .constant(ReferenceTensor(pads))]
    if value != 0 { inputs.append(.constant(ReferenceTensor(shape: [], [value]))) }
    return [TensorOperationNode(operation, inputs: inputs)]
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if mode == .wrap, opset < 19 { throw notIn(opset: opset, since: 19) }
    var form = ONNXForm(
      "Pad", attributes: [ONNXAttribute("mode", .string(mode.rawValue))],
      inputs: (0..<3).map { .value($0) })
    if let axes {
      if opset < 18 { throw notIn(opset: opset, since: 18) }
      form.inputs.append(.constant(ReferenceTensor(axes)))
    }
    return form
  }

  package func dataInputs(_ count: Int) -> [Int] { [0, 2] }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    let pads = try inputs.required(1, self)
    guard let dimensions = data.dimensions else { return data.with(nil) }
    guard let numbers = pads.elements else {
      return data.with([Dimension](repeating: .unknown, count: dimensions.count))
    }
    let places = try places(numbers, rank: dimensions.count)
    return data.with(
      try zip(dimensions, places).map { (size, place) throws(RepVGGError) in
        let sum = Dimension.plus(.plus(size, place.before), place.after)
        if let sum = sum.size, sum < 0 { throw invalid("a dimension would have the size \(sum)") }
        return sum
      })
  }

  /// What is before and after each dimension.
  private func places(
    _ pads: [Dimension], rank: Int
  ) throws(RepVGGError) -> [(before: Dimension, after: Dimension)] {
    let axes = try normalized(axes ?? Array(0..<rank), rank: rank)
    guard pads.count == 2 * axes.count else {
      throw invalid("it has \(pads.count) pads for \(axes.count) axes")
    }
    var places = [(before: Dimension, after: Dimension)](
      repeating: (.fixed(0), .fixed(0)), count: rank)
    guard pads.allSatisfy({ ($0.size ?? 0).magnitude <= ReferenceTensor.elementLimit }) else {
      throw invalid("it pads by \(pads)")
    }
    for (index, axis) in axes.enumerated() {
      places[axis] = (pads[index], pads[index + axes.count])
    }
    return places
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let data = try inputs.required(0, self)
    let pads = try inputs.required(1, self).integers
    let places = try places(pads.map { .fixed(Int($0)) }, rank: data.shape.count)
    for (axis, size) in data.shape.enumerated() where shape[axis] > 0 {
      if size == 0, mode != .constant { throw invalid("it repeats an empty dimension") }
      let extent = max(places[axis].before.size ?? 0, places[axis].after.size ?? 0)
      if size == 1, mode == .reflect, extent > 0 {
        throw invalid("it reflects a dimension of one element")
      }
    }
    let value: ArrangementInput? = inputs.optional(2)
    if let value, value.count != 1 { throw invalid("its value is not one number") }
    // The value follows the elements of the tensor.
    let fill: Int32 = value == nil ? -1 : Int32(truncatingIfNeeded: data.count)
    return shape.gatheredIndices(of: data.shape) { axis, index in
      position(index - (places[axis].before.size ?? 0), data.shape[axis])
    }.map { $0 < 0 ? fill : $0 }
  }

  /// The index of the element that is at an index outside.
  private func position(_ index: Int, _ size: Int) -> Int {
    switch mode {
    case .constant: return (0..<size).contains(index) ? index : -1
    case .edge: return min(max(index, 0), size - 1)
    case .wrap:
      let rest = index % size
      return rest < 0 ? rest + size : rest
    case .reflect:
      guard size > 1 else { return 0 }
      let period = 2 * (size - 1)
      let rest = index % period
      let place = rest < 0 ? rest + period : rest
      return place < size ? place : period - place
    }
  }
}
