extension SpatialWindow {
  /// The number of outputs of a complete window along an axis, and where the first one starts.
  func outputs(
    of size: Int, axis: Int, roundsUp: Bool, for operation: some TensorOperation
  ) throws(RepVGGError) -> (count: Int, before: Int, after: Int) {
    guard (0...1 << 40).contains(size) else { throw operation.invalid("a dimension is \(size)") }
    let rank = kernel.count
    let stride = strides[axis]
    let extent = extent(axis)
    var (before, after) = (pads[axis], pads[axis + rank])
    if padding == .sameUpper || padding == .sameLower {
      let count = size / stride + (size % stride == 0 ? 0 : 1)
      let total = max(0, (count - 1) * stride + extent - size)
      before = padding == .sameUpper ? total / 2 : total - total / 2
      return (count, before, total - before)
    }
    if padding == .none { (before, after) = (0, 0) }
    let free = size + before + after - extent
    guard free >= 0 else {
      throw operation.invalid("a window of \(extent) is larger than a dimension of \(size)")
    }
    guard roundsUp, padding == .stated, free % stride != 0 else {
      return (free / stride + 1, before, after)
    }
    let count = free / stride + 2
    // A window that starts in the padding at the end has nothing to see.
    return ((count - 1) * stride >= size + before ? count - 1 : count, before, after)
  }

  /// The sizes of a result.
  func resultSizes(
    of sizes: [Dimension], roundsUp: Bool = false, for operation: some TensorOperation
  ) throws(RepVGGError) -> [Dimension] {
    var result: [Dimension] = []
    for (axis, size) in sizes.enumerated() {
      if let size = size.size {
        result.append(
          .fixed(
            try outputs(of: size, axis: axis, roundsUp: roundsUp, for: operation).count))
        continue
      }
      let isSame =
        switch padding {
        case .sameLower, .sameUpper: true
        case .none: extent(axis) == 1
        case .stated: pads[axis] + pads[axis + sizes.count] == extent(axis) - 1
        }
      result.append(strides[axis] == 1 && isSame ? size : .unknown)
    }
    return result
  }
}

/// Which elements of an input a window sees at each of its positions.
struct WindowWalk {
  /// A position along an axis.
  private struct Place {
    /// Where the window starts, which may be before the input.
    var start: Int
    /// Which parts of the kernel are inside the input.
    var inside: Range<Int>
    /// How many are inside if padding counts.
    var paddedCount: Int
  }

  private let places: [[Place]]
  private let dilations: [Int]
  private let strides: [Int]
  private let kernelStrides: [Int]

  init(
    _ window: SpatialWindow, sizes: [Int], outputs: [(count: Int, before: Int, after: Int)]
  ) {
    dilations = window.dilations
    strides = ReferenceTensor.strides(of: sizes)
    kernelStrides = ReferenceTensor.strides(of: window.kernel)
    places = sizes.indices.map { axis in
      let (count, before, after) = outputs[axis]
      let dilation = window.dilations[axis]
      return (0..<count).map { position in
        let start = position * window.strides[axis] - before
        /// The parts that are before an index of the input.
        func parts(before index: Int) -> Int {
          start >= index
            ? 0 : min((index - start + dilation - 1) / dilation, window.kernel[axis])
        }
        return Place(
          start: start, inside: parts(before: 0)..<parts(before: sizes[axis]),
          paddedCount: parts(before: sizes[axis] + after))
      }
    }
  }

  /// Calls for every position in row-major order with the index in the kernel and the offset in
  /// the input of every element that is inside, and how many there are if padding counts.
  func forEach(_ body: (_ indices: [Int], _ offsets: [Int], _ paddedCount: Int) -> Void) {
    walk(0, [0], [0], 1, body)
  }

  private func walk(
    _ axis: Int, _ indices: [Int], _ offsets: [Int], _ count: Int,
    _ body: (_ indices: [Int], _ offsets: [Int], _ paddedCount: Int) -> Void
  ) {
    if axis == places.count { return body(indices, offsets, count) }
    for place in places[axis] {
      var nextIndices: [Int] = []
      var nextOffsets: [Int] = []
      for (index, offset) in zip(indices, offsets) {
        for part in place.inside {
          nextIndices.append(index + part * kernelStrides[axis])
          nextOffsets.append(offset + (place.start + part * dilations[axis]) * strides[axis])
        }
      }
      walk(axis + 1, nextIndices, nextOffsets, count * place.paddedCount, body)
    }
  }
}
