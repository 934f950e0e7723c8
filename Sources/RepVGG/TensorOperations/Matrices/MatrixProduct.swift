/// Products of matrices of real numbers or integers.
enum MatrixProduct {
  /// Adds `left` times `right` to a matrix of `rows` by `columns`, all row-major and contiguous.
  static func accumulate(
    _ result: UnsafeMutablePointer<Double>, _ left: UnsafePointer<Double>,
    _ right: UnsafePointer<Double>, rows: Int, inner: Int, columns: Int
  ) {
    for row in 0..<rows {
      let sums = result + row * columns
      for index in 0..<inner {
        let factor = left[row * inner + index]
        let line = right + index * columns
        for column in 0..<columns { sums[column] += factor * line[column] }
      }
    }
  }

  /// The same modulo 2^64.
  static func accumulate(
    _ result: UnsafeMutablePointer<Int64>, _ left: UnsafePointer<Int64>,
    _ right: UnsafePointer<Int64>, rows: Int, inner: Int, columns: Int
  ) {
    for row in 0..<rows {
      let sums = result + row * columns
      for index in 0..<inner {
        let factor = left[row * inner + index]
        let line = right + index * columns
        for column in 0..<columns { sums[column] &+= factor &* line[column] }
      }
    }
  }

  /// The products of two stacks of matrices, which are broadcast to `batch`.
  static func products<Element>(
    _ left: [Element], _ leftStrides: [Int], _ right: [Element], _ rightStrides: [Int],
    batch: [Int], _ sizes: (rows: Int, inner: Int, columns: Int), zero: Element,
    _ accumulate: (
      UnsafeMutablePointer<Element>, UnsafePointer<Element>, UnsafePointer<Element>, Int, Int, Int
    ) -> Void
  ) -> [Element] {
    let size = sizes.rows * sizes.columns
    var result = [Element](repeating: zero, count: batch.reduce(1, *) * size)
    guard !result.isEmpty, sizes.inner > 0 else { return result }
    result.withUnsafeMutableBufferPointer { result in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          guard let target = result.baseAddress, let a = left.baseAddress,
            let b = right.baseAddress
          else { return }
          let rows = StridedRows(batch + [1], strides: [leftStrides + [0], rightStrides + [0]])
          rows.forEach { index, offsets in
            accumulate(
              target + index * size, a + offsets[0] * sizes.rows * sizes.inner,
              b + offsets[1] * sizes.inner * sizes.columns, sizes.rows, sizes.inner, sizes.columns)
          }
        }
      }
    }
    return result
  }
}
