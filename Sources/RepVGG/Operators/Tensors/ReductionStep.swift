import Glibc

/// A number for all elements along some axes, summed in Float64.
struct PlannedReduction: PlannedOperation {
  let function: ReductionOperation.Function
  let axes: [Int]
  let algorithm = "reduction"

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    PlannedStep(
      kernel: ReductionStep(
        function: function, groups: try ElementGroups(reads[0], axes: axes)))
  }
}

/// The elements of a tensor in groups along axes, by where they are stored.
struct ElementGroups: Sendable {
  /// Where each group's first element is; groups in row-major order.
  let starts: [Int32]
  /// From there to each of its elements.
  let offsets: [Int32]

  init(_ tensor: StoredTensor, axes: [Int]) throws(RepVGGError) {
    try self.init(tensor, shape: tensor.shape, strides: tensor.strides, axes: axes)
  }

  /// The elements of a tensor that is seen in another shape.
  init(
    _ tensor: StoredTensor, shape: [Int], strides: [Int], axes: [Int]
  ) throws(RepVGGError) {
    guard tensor.layout.elementCount <= Int(Int32.max) else {
      throw RepVGGError(.unsupported, "reduces a tensor that is too large for 32-bit counts")
    }
    let kept = shape.indices.filter { !axes.contains($0) }
    let reduced = shape.indices.filter(axes.contains)
    starts =
      StridedRows(
        kept.map { shape[$0] }, strides: [kept.map { strides[$0] }], starts: [tensor.offset]
      ).sources()
    offsets =
      StridedRows(reduced.map { shape[$0] }, strides: [reduced.map { strides[$0] }]).sources()
  }
}

/// Reads a tensor, writes a number for each group of its elements, one after the other.
private struct ReductionStep: StepKernel {
  let function: ReductionOperation.Function
  let groups: ElementGroups

  func run(_ frame: Frame) {
    let count = Double(groups.offsets.count)
    switch function {
    case .sum: run(frame, 0, +) { $0 }
    case .mean: run(frame, 0, +) { $0 / count }
    case .maximum: run(frame, -.infinity, BinaryOperation.maximum) { $0 }
    case .minimum: run(frame, .infinity, BinaryOperation.minimum) { $0 }
    case .product: run(frame, 1, *) { $0 }
    case .absoluteSum: run(frame, 0, { $0 + abs($1) }) { $0 }
    case .sumOfSquares: run(frame, 0, { $0 + $1 * $1 }) { $0 }
    case .norm: run(frame, 0, { $0 + $1 * $1 }) { $0.squareRoot() }
    case .logarithmOfSum: run(frame, 0, +) { log($0) }
    case .logarithmOfExponentials: runLogarithmOfExponentials(frame)
    }
  }

  @inline(__always)
  private func run(
    _ frame: Frame, _ first: Double, _ combine: (Double, Double) -> Double,
    _ finish: (Double) -> Double
  ) {
    let (from, to) = (frame.floats(read: 0), frame.floats(written: 0))
    for group in frame.share(of: groups.starts.count) {
      let start = from + Int(groups.starts[group])
      var value = first
      for offset in groups.offsets { value = combine(value, Double(start[Int(offset)])) }
      to[group] = Float(finish(value))
    }
  }

  /// Less the largest one, so that nothing overflows.
  private func runLogarithmOfExponentials(_ frame: Frame) {
    let (from, to) = (frame.floats(read: 0), frame.floats(written: 0))
    for group in frame.share(of: groups.starts.count) {
      let start = from + Int(groups.starts[group])
      var largest = -Double.infinity
      for offset in groups.offsets {
        largest = BinaryOperation.maximum(largest, Double(start[Int(offset)]))
      }
      var sum = 0.0
      for offset in groups.offsets { sum += exp(Double(start[Int(offset)]) - largest) }
      to[group] = Float(largest.isFinite ? largest + log(sum) : largest)
    }
  }
}

extension ReductionOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, input.elementType.isReal else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) of integers")
    }
    return LoweredOperation(
      PlannedReduction(function: function, axes: try axes(rank: input.shape.count)),
      reads: [(0, nil)], storage: .dense)
  }
}

extension GlobalPoolOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, input.elementType.isReal, input.shape.count > 2 else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) of integers")
    }
    return LoweredOperation(
      PlannedReduction(
        function: function == .average ? .mean : .maximum, axes: Array(2..<input.shape.count)),
      reads: [(0, nil)], storage: .dense)
  }
}
