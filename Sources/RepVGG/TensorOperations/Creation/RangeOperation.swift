/// Numbers from the first input to before the second, by steps of the third.
package struct RangeOperation: TensorOperation {
  package static let operatorTypes = ["Range"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(RangeOperation(), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Range", inputs: [.value(0), .value(1), .value(2)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let start = try inputs.required(0, self)
    let end = try inputs.required(1, self)
    let step = try inputs.required(2, self)
    var count = Dimension.unknown
    if let first = start.elements?.first, let limit = end.elements?.first,
      let step = step.elements?.first
    {
      if let first = first.size, let limit = limit.size, let step = step.size {
        count =
          Self.count(Double(first), Double(limit), Double(step)).map { .fixed($0) } ?? .unknown
      } else if first == .fixed(0), step == .fixed(1) {
        count = limit
      }
    }
    return start.with([count])
  }

  private static func count(_ start: Double, _ end: Double, _ step: Double) -> Int? {
    let count = ((end - start) / step).rounded(.up)
    guard count.isFinite, count <= Double(ReferenceTensor.elementLimit) else { return nil }
    return max(0, Int(count))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let first = try inputs.required(0, self)
    var numbers: [Double] = []
    for index in 0..<3 {
      let input = try inputs.required(index, self)
      guard input.count == 1, let number = CastOperation.reals(of: input).first else {
        throw invalid("its inputs are not single numbers")
      }
      numbers.append(number)
    }
    guard let count = Self.count(numbers[0], numbers[1], numbers[2]) else {
      throw invalid("\(numbers[0]) to \(numbers[1]) by \(numbers[2]) has no or too many elements")
    }
    if first.elementType.isReal {
      return ReferenceTensor(
        shape: [count], (0..<count).map { numbers[0] + Double($0) * numbers[2] },
        elementType: first.elementType)
    }
    let start = try inputs.integers(0, self).first ?? 0
    let step = try inputs.integers(2, self).first ?? 0
    return ReferenceTensor(
      shape: [count], integers: (0..<count).map { start &+ Int64($0) &* step },
      elementType: first.elementType)
  }
}
