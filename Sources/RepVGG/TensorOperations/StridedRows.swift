/// A walk through a row-major result, row by row, with the offset of each row in other arrays.
struct StridedRows {
  /// Elements of one row: the innermost dimension.
  let rowLength: Int
  /// How far each array moves from one element of a row to the next.
  let steps: [Int]
  private let sizes: [Int]
  private let strides: [[Int]]
  private let starts: [Int]

  /// - Parameters:
  ///   - shape: The shape of the result, whose number of elements is checked.
  ///   - strides: For each array how far it moves along each dimension; 0 repeats.
  ///   - starts: Where each array starts.
  init(_ shape: [Int], strides: [[Int]], starts: [Int]? = nil) {
    rowLength = shape.last ?? 1
    steps = strides.map { $0.last ?? 0 }
    sizes = shape.dropLast()
    self.strides = strides.map { $0.dropLast() }
    self.starts = starts ?? strides.map { _ in 0 }
  }

  /// The strides of an array that is broadcast to a shape.
  static func broadcastStrides(of shape: [Int], to result: [Int]) -> [Int] {
    let own = ReferenceTensor.strides(of: shape)
    var strides = [Int](repeating: 0, count: result.count)
    for axis in shape.indices where shape[axis] != 1 {
      strides[result.count - shape.count + axis] = own[axis]
    }
    return strides
  }

  /// Calls with where each row starts in the result and in the arrays.
  func forEach(_ body: (_ result: Int, _ offsets: [Int]) -> Void) {
    if rowLength == 0 || sizes.contains(0) { return }
    var offsets = starts
    var index = [Int](repeating: 0, count: sizes.count)
    var result = 0
    while true {
      body(result, offsets)
      result += rowLength
      var axis = sizes.count - 1
      while axis >= 0 {
        index[axis] += 1
        for array in offsets.indices { offsets[array] += strides[array][axis] }
        if index[axis] < sizes[axis] { break }
        for array in offsets.indices { offsets[array] -= strides[array][axis] * sizes[axis] }
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// For each element of the result its offset in the only array.
  func sources() -> [Int32] {
    var sources: [Int32] = []
    let step = steps[0]
    forEach { _, offsets in
      var offset = offsets[0]
      for _ in 0..<rowLength {
        sources.append(Int32(truncatingIfNeeded: offset))
        offset += step
      }
    }
    return sources
  }
}
