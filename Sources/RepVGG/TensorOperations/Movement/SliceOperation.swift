/// Every so many elements of a range along axes: the inputs are the tensor, starts, ends, and
/// optionally axes and steps.
package struct SliceOperation: RearrangingOperation {
  package static let operatorTypes = ["Slice"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard node.opset < 10 else { return node.reading(SliceOperation(), 5) }
    guard let starts = try node.ints("starts"), let ends = try node.ints("ends") else {
      throw node.invalid("its starts or ends are missing")
    }
    var inputs: [OperationInput] = [
      node.input(0), .constant(ReferenceTensor(starts)), .constant(ReferenceTensor(ends)),
    ]
    if let axes = try node.ints("axes") { inputs.append(.constant(ReferenceTensor(axes))) }
    return [TensorOperationNode(SliceOperation(), inputs: inputs)]
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Slice", inputs: (0..<5).map { .value($0) })
  }

  /// What is taken of one dimension.
  private struct Part {
    var start: Int
    var step: Int
    var count: Int

    init(start: Int, end: Int, step: Int, size: Int) {
      // Counted from the end, then moved into the dimension.
      func position(_ index: Int, _ range: ClosedRange<Int>) -> Int {
        let (fromEnd, overflow) = index.addingReportingOverflow(size)
        let position = index < 0 && !overflow ? fromEnd : index
        return min(max(position, range.lowerBound), range.upperBound)
      }
      self.step = step
      if step > 0 {
        self.start = position(start, 0...max(0, size))
        let end = position(end, 0...max(0, size))
        count = end <= self.start ? 0 : (end - self.start - 1) / step + 1
      } else {
        self.start = position(start, -1...max(-1, size - 1))
        let end = position(end, -1...max(-1, size - 1))
        count = end >= self.start ? 0 : (self.start - end - 1) / (0 - max(step, -Int.max)) + 1
      }
    }
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    guard let dimensions = data.dimensions else { return data.with(nil) }
    let starts = try inputs.required(1, self)
    let ends = try inputs.required(2, self)
    var result = dimensions
    let unknown = [Dimension](repeating: .unknown, count: dimensions.count)
    guard let count = starts.elements?.count ?? ends.elements?.count ?? starts.shape?.first else {
      return data.with(unknown)
    }
    guard let axes = try axes(inputs.optional(3), count: count, rank: dimensions.count) else {
      return data.with(unknown)
    }
    let steps = try steps(inputs.optional(4), count: count)
    for index in axes.indices {
      result[axes[index]] = Self.size(
        dimensions[axes[index]], starts.elements?[safe: index], ends.elements?[safe: index],
        steps?[index])
    }
    return data.with(result)
  }

  private static func size(
    _ size: Dimension, _ start: Dimension?, _ end: Dimension?, _ step: Int?
  ) -> Dimension {
    guard let step else { return .unknown }
    if case .fixed(let size) = size, case .fixed(let start)? = start, case .fixed(let end)? = end {
      return .fixed(Part(start: start, end: end, step: step, size: size).count)
    }
    // All of a dimension of any size, in either direction.
    if case .fixed(let end)? = end {
      if step == 1, start == .fixed(0), end >= Int(Int32.max) { return size }
      if step == -1, start == .fixed(-1), end <= -Int(Int32.max) { return size }
    }
    // Up to a size that is computed: that of the dimension itself.
    if step == 1, start == .fixed(0), end == size, size != .unknown { return size }
    return .unknown
  }

  /// Nil if they are not known yet.
  private func axes(
    _ facts: TensorFacts?, count: Int, rank: Int
  ) throws(RepVGGError) -> [Int]? {
    guard let facts else {
      guard count <= rank else { throw invalid("it has more starts than dimensions") }
      return Array(0..<count)
    }
    guard let axes = facts.knownElements else { return nil }
    guard axes.count == count else { throw invalid("it has another number of axes than of starts") }
    return try normalized(axes, rank: rank)
  }

  /// Nil if they are not known yet.
  private func steps(_ facts: TensorFacts?, count: Int) throws(RepVGGError) -> [Int]? {
    guard let facts else { return [Int](repeating: 1, count: count) }
    guard let steps = facts.knownElements else { return nil }
    guard steps.count == count, !steps.contains(0) else {
      throw invalid("its steps \(steps) are not \(count) numbers other than 0")
    }
    return steps
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let data = try inputs.required(0, self)
    let starts = try inputs.required(1, self).integers
    let ends = try inputs.required(2, self).integers
    let rank = data.shape.count
    guard starts.count == ends.count else { throw invalid("it has other starts than ends") }
    let axes = try axes(inputs.optional(3)?.facts, count: starts.count, rank: rank) ?? []
    let steps = try steps(inputs.optional(4)?.facts, count: starts.count) ?? []
    let strides = ReferenceTensor.strides(of: data.shape)
    var moves = strides
    var first = 0
    for (index, axis) in axes.enumerated() {
      let part = Part(
        start: Int(starts[index]), end: Int(ends[index]), step: steps[index],
        size: data.shape[axis])
      if part.count == 0 { return [] }
      first += part.start * strides[axis]
      // A step that is not used may be any number.
      moves[axis] = part.count == 1 ? 0 : strides[axis] * part.step
    }
    return StridedRows(shape, strides: [moves], starts: [first]).sources()
  }
}

extension ArrangementInput {
  /// The elements as facts.
  var facts: TensorFacts {
    TensorFacts(
      elementType: .int64, dimensions: shape.map { .fixed($0) },
      elements: integers.map { .fixed(Int($0)) })
  }
}

extension Array {
  /// An element, nil outside.
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
