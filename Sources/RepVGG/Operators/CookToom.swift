import COpenBLAS

/// Winograd's minimal filtering in one dimension, by Cook-Toom interpolation in Double.
///
/// `y = A^T ((G g) * (B^T d))` gives `outputCount` outputs of a correlation with `tapCount` taps.
/// The transforms follow from evaluation at distinct points and at infinity: with E the square
/// evaluation matrix, G and A are its first columns and `B^T = E^-T` (transposition of the Toom-
/// Cook product; Blahut, Fast Algorithms for Signal Processing, ch. 5). Rows of G are divided and
/// rows of B^T multiplied by `N_i = prod (p_i - p_j)`, which makes B integral for small integers.
package struct CookToom: Sendable {
  package let outputCount: Int
  package let tapCount: Int
  /// B^T: `[positions][positions]`, from samples to positions.
  package let input: [[Double]]
  /// G: `[positions][taps]`.
  package let weight: [[Double]]
  /// A^T: `[outputs][positions]`.
  package let output: [[Double]]

  package var positionCount: Int { input.count }

  /// The transforms at finite points and infinity; `points.count + 1` must be
  /// `outputCount + tapCount - 1`.
  package init(points: [Double], outputCount: Int, tapCount: Int) throws(RepVGGError) {
    let count = points.count + 1
    guard outputCount > 0, tapCount > 0, count == outputCount + tapCount - 1,
      Set(points).count == points.count
    else {
      throw RepVGGError(.invalidArgument, "Winograd needs m + r - 2 distinct finite points")
    }
    let evaluation = (0..<count).map { row in
      (0..<count).map { column in
        row < points.count ? Self.power(points[row], column) : (column == count - 1 ? 1 : 0)
      }
    }
    let normalizers = (0..<count).map { row in
      guard row < points.count else { return 1.0 }
      return points.indices.reduce(1.0) { $1 == row ? $0 : $0 * (points[row] - points[$1]) }
    }
    // E^T X = I, solved with E^T in row-major order.
    let inverse = try Self.solve(
      (0..<count).map { row in (0..<count).map { evaluation[$0][row] } })
    self.outputCount = outputCount
    self.tapCount = tapCount
    input = (0..<count).map { row in inverse[row].map { $0 * normalizers[row] } }
    weight = (0..<count).map { row in
      row < points.count
        ? (0..<tapCount).map { evaluation[row][$0] / normalizers[row] }
        : (0..<tapCount).map { $0 == tapCount - 1 ? 1 : 0 }
    }
    output = (0..<outputCount).map { row in
      (0..<count).map { column in
        column < points.count
          ? evaluation[column][row] : (row == outputCount - 1 ? 1 : 0)
      }
    }
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  /// The inverse of a square matrix, through LAPACKE_dgesv.
  private static func solve(_ matrix: [[Double]]) throws(RepVGGError) -> [[Double]] {
    let count = matrix.count
    var elements = matrix.flatMap { $0 }
    var solution = (0..<count * count).map { $0 / count == $0 % count ? 1.0 : 0.0 }
    var pivots = [rvgk_lapack_int](repeating: 0, count: count)
    let size = rvgk_lapack_int(count)
    let status = try lapacke().dgesv(
      LAPACK_ROW_MAJOR, size, size, &elements, size, &pivots, &solution, size)
    guard status == 0 else {
      throw RepVGGError(.internalInconsistency, "dgesv failed with status \(status)")
    }
    return (0..<count).map { Array(solution[$0 * count..<($0 + 1) * count]) }
  }

  private static func lapacke() throws(RepVGGError) -> rvgk_lapacke {
    // LAPACKE brings OpenBLAS: opened the usual way, it gets no threads.
    _ = try BLASRuntime.open()
    var functions = rvgk_lapacke()
    if let reason = rvgk_open_lapacke(&functions) {
      throw RepVGGError(
        .unsupported,
        "LAPACKE cannot be opened (\(String(cString: reason))); install the package liblapacke")
    }
    return functions
  }

  /// The largest singular value of a matrix, through LAPACKE_dgesvd.
  package static func largestSingularValue(_ matrix: [[Double]]) throws(RepVGGError) -> Double {
    let rows = matrix.count
    guard let columns = matrix.first?.count, columns > 0 else {
      preconditionFailure("a matrix without elements has no singular values")
    }
    var elements = matrix.flatMap { $0 }
    var values = [Double](repeating: 0, count: min(rows, columns))
    var superdiagonal = [Double](repeating: 0, count: min(rows, columns))
    var unused = [0.0]
    var unusedToo = [0.0]
    let status = try lapacke().dgesvd(
      LAPACK_ROW_MAJOR, CChar(bitPattern: UInt8(ascii: "N")), CChar(bitPattern: UInt8(ascii: "N")),
      rvgk_lapack_int(rows), rvgk_lapack_int(columns), &elements, rvgk_lapack_int(columns), &values,
      &unused, 1, &unusedToo, 1, &superdiagonal)
    guard status == 0 else {
      throw RepVGGError(.internalInconsistency, "dgesvd failed with status \(status)")
    }
    return values[0]
  }
}
