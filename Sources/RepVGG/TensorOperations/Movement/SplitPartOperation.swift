/// One of several parts of equal size along an axis; the last one may be smaller.
///
/// A split at stated sizes is several slices.
package struct SplitPartOperation: RearrangingOperation {
  package static let operatorTypes = ["Split"]

  package var axis: Int
  package var index: Int
  package var partCount: Int
  /// The size of the dimension, where it does not divide evenly: sets before 18 state all sizes.
  private var unevenSize: UnevenSize?

  private enum UnevenSize: Hashable {
    case known(Int)
    /// It may divide evenly or not.
    case unknown
  }

  package init(axis: Int, index: Int, partCount: Int) {
    self.axis = axis
    self.index = index
    self.partCount = partCount
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let axis = try node.int("axis") ?? 0
    let count = try node.int("num_outputs") ?? node.node.outputs.count
    guard count == node.node.outputs.count, count > 0 else {
      throw node.invalid("it has \(node.node.outputs.count) outputs, not \(count)")
    }
    let sizes = node.opset < 13 ? try node.ints("split") : try node.integers(1, "sizes")
    guard let sizes else {
      return (0..<count).map {
        TensorOperationNode(
          SplitPartOperation(axis: axis, index: $0, partCount: count), inputs: [node.input(0)])
      }
    }
    guard sizes.count == count else {
      throw node.invalid("it has \(sizes.count) sizes and \(count) outputs")
    }
    var start = 0
    var parts: [TensorOperationNode] = []
    for size in sizes {
      let (end, overflow) = start.addingReportingOverflow(size)
      guard size >= 0, !overflow else { throw node.invalid("its sizes are \(sizes)") }
      parts.append(
        TensorOperationNode(
          SliceOperation(),
          inputs: [
            node.input(0), .constant(ReferenceTensor([start])), .constant(ReferenceTensor([end])),
            .constant(ReferenceTensor([axis])),
          ]))
      start = end
    }
    return parts
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    var form = ONNXForm(
      "Split", attributes: [ONNXAttribute("axis", .int(Int64(axis)))], inputs: [.value(0)])
    if opset >= 18 {
      form.attributes.append(ONNXAttribute("num_outputs", .int(Int64(partCount))))
    } else {
      switch unevenSize {
      case nil: break
      case .unknown: throw notIn(opset: opset, since: 18)
      case .known(let size):
        let sizes = try (0..<partCount).map { (index) throws(RepVGGError) in
          try SplitPartOperation(axis: axis, index: index, partCount: partCount).range(of: size)
            .count
        }
        form.inputs.append(.constant(ReferenceTensor(sizes)))
      }
    }
    form.outputCount = partCount
    form.output = index
    return form
  }

  package func specialized(for inputs: [TensorFacts?]) -> any TensorOperation {
    guard let input: TensorFacts = inputs.optional(0), let dimensions = input.dimensions,
      let axis = try? normalized(axis, rank: dimensions.count)
    else { return self }
    var copy = self
    if let size = dimensions[axis].size {
      copy.unevenSize = size % partCount == 0 ? nil : .known(size)
    } else {
      copy.unevenSize = .unknown
    }
    return copy
  }

  /// The range of a dimension of the input.
  private func range(of size: Int) throws(RepVGGError) -> Range<Int> {
    let part = size / partCount + (size % partCount == 0 ? 0 : 1)
    let (start, overflow) = part.multipliedReportingOverflow(by: index)
    guard !overflow, start <= size else {
      throw invalid("a dimension of \(size) does not split into \(partCount) parts")
    }
    return start..<start + min(part, size - start)
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard var dimensions = input.dimensions else { return input.with(nil) }
    let axis = try normalized(axis, rank: dimensions.count)
    if case .fixed(let size) = dimensions[axis] {
      dimensions[axis] = .fixed(try range(of: size).count)
    } else if partCount != 1 {
      dimensions[axis] = .unknown
    }
    return input.with(dimensions)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let input = try inputs.required(0, self)
    let axis = try normalized(axis, rank: input.shape.count)
    let strides = ReferenceTensor.strides(of: input.shape)
    let start = try range(of: input.shape[axis]).lowerBound * strides[axis]
    return StridedRows(shape, strides: [strides], starts: [start]).sources()
  }
}
