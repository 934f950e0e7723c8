/// The first input repeated along each dimension as often as the second says.
package struct TileOperation: RearrangingOperation {
  package static let operatorTypes = ["Tile"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(TileOperation(), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Tile", inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    let repeats = try inputs.required(1, self)
    guard let dimensions = data.dimensions else { return data.with(nil) }
    guard let counts = repeats.elements else {
      return data.with([Dimension](repeating: .unknown, count: dimensions.count))
    }
    guard counts.count == dimensions.count else {
      throw invalid("it has \(counts.count) repeats for \(dimensions.count) dimensions")
    }
    guard counts.allSatisfy({ $0.size ?? 0 >= 0 }) else { throw invalid("it repeats \(counts)") }
    return data.with(zip(dimensions, counts).map { Dimension.times($0, $1) })
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let input = try inputs.required(0, self)
    return shape.gatheredIndices(of: input.shape) { $1 % input.shape[$0] }
  }
}

extension [Int] {
  /// For each element of this shape the index of an element of another one of the same rank,
  /// negative where `position` is: each position along an axis by itself.
  func gatheredIndices(
    of source: [Int], _ position: (_ axis: Int, _ index: Int) -> Int
  ) -> [Int32] {
    guard !contains(0) else { return [] }
    let strides = ReferenceTensor.strides(of: source)
    var sources: [Int32] = [0]
    for (axis, size) in enumerated() {
      let offsets = (0..<size).map { index in
        let place = position(axis, index)
        return place < 0 ? Int32(-1) : Int32(truncatingIfNeeded: place * strides[axis])
      }
      var next: [Int32] = []
      next.reserveCapacity(sources.count * size)
      for base in sources {
        for offset in offsets { next.append(base < 0 || offset < 0 ? -1 : base + offset) }
      }
      sources = next
    }
    return sources
  }
}
