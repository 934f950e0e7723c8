/// A walk over the elements of a tensor and of others that are broadcast to it, in the order in which
/// the result is stored.
struct StridedLoop: Sendable {
  /// Elements of the innermost row.
  let rowLength: Int
  /// Rows, over all other dimensions.
  let rowCount: Int
  /// How far each tensor moves from one element of a row to the next, the result first.
  let steps: [Int]
  /// Sizes of the other dimensions, outermost first, and each tensor's strides along them.
  private let sizes: [Int]
  private let strides: [[Int]]
  private let starts: [Int]

  /// - Parameters:
  ///   - result: What is written.
  ///   - operands: What is read, each of a shape that is broadcast to the result's.
  init(_ result: StoredTensor, _ operands: [StoredTensor]) {
    self.init(
      shape: result.shape,
      strides: [result.strides] + operands.map { $0.strides(broadcastTo: result.shape) },
      starts: [result.offset] + operands.map(\.offset))
  }

  init(shape: [Int], strides: [[Int]], starts: [Int]) {
    // The result's own order, single elements left out.
    let axes = shape.indices.filter { shape[$0] != 1 }.sorted {
      strides[0][$0] != strides[0][$1] ? strides[0][$0] > strides[0][$1] : $0 < $1
    }
    var sizes: [Int] = []
    var merged = [[Int]](repeating: [], count: strides.count)
    for axis in axes {
      // Dimensions through which all move at even steps are one.
      if let size = sizes.last,
        strides.indices.allSatisfy({
          merged[$0][merged[$0].count - 1] == strides[$0][axis] * shape[axis]
        })
      {
        sizes[sizes.count - 1] = size * shape[axis]
        for tensor in strides.indices {
          merged[tensor][merged[tensor].count - 1] = strides[tensor][axis]
        }
      } else {
        sizes.append(shape[axis])
        for tensor in strides.indices { merged[tensor].append(strides[tensor][axis]) }
      }
    }
    rowLength = sizes.last ?? 1
    self.sizes = sizes.dropLast()
    rowCount = self.sizes.reduce(1, *)
    steps = merged.map { $0.last ?? 0 }
    self.strides = merged.map { $0.dropLast() }
    self.starts = starts
  }

  /// Where a row of a tensor starts; 0 is the result.
  @inline(__always)
  func start(of tensor: Int, row: Int) -> Int {
    var (offset, rest) = (starts[tensor], row)
    var axis = sizes.count - 1
    while axis >= 0 {
      let (quotient, index) = rest.quotientAndRemainder(dividingBy: sizes[axis])
      offset += index * strides[tensor][axis]
      rest = quotient
      axis -= 1
    }
    return offset
  }

  /// Calls the body for this worker's share: parts of rows, each with its first element's index in the
  /// row.
  @inline(__always)
  func forEachPart(_ frame: Frame, _ body: (_ row: Int, _ elements: Range<Int>) -> Void) {
    guard rowLength > 0 else { return }
    // Few long rows are cut, many are shared out.
    let parts = rowCount >= frame.workerCount ? 1 : frame.workerCount
    for piece in frame.share(of: rowCount * parts) {
      let (row, part) = piece.quotientAndRemainder(dividingBy: parts)
      body(row, workerShare(rowLength, worker: part, count: parts))
    }
  }
}
