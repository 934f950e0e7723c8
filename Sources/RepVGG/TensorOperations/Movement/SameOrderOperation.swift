/// An operation that gives the elements of its first input another shape.
protocol SameOrderOperation: RearrangingOperation {}

extension SameOrderOperation {
  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    (0..<shape.reduce(1, *)).map { Int32(truncatingIfNeeded: $0) }
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    let shape = try resultShape(of: inputs)
    guard ReferenceTensor.elementCount(of: shape) == result.count else {
      throw invalid("\(result.shape) has another number of elements than \(shape)")
    }
    result.shape = shape
    return result
  }
}
