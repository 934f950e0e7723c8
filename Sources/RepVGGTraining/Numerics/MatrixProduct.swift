import COpenBLAS
import RepVGG

/// One product `c = op(a) op(b) + (accumulates ? c : 0)` of row-major matrices.
///
/// `op(a)` is `rows` x `depth`, `op(b)` is `depth` x `columns`; strides are elements from one
/// stored row to the next.
package struct MatrixProduct<Scalar> {
  package var rows: Int
  package var columns: Int
  package var depth: Int
  package var a: UnsafePointer<Scalar>
  package var aStride: Int
  package var transposesA = false
  package var b: UnsafePointer<Scalar>
  package var bStride: Int
  package var transposesB = false
  package var c: UnsafeMutablePointer<Scalar>
  package var cStride: Int
  package var accumulates = false

  private var transposeA: CBLAS_TRANSPOSE { transposesA ? CblasTrans : CblasNoTrans }
  private var transposeB: CBLAS_TRANSPOSE { transposesB ? CblasTrans : CblasNoTrans }
}

/// OpenBLAS, which ``TrainingThreads`` has opened.
private func blas() -> rvgk_openblas {
  guard let library = try? BLASRuntime.open() else {
    preconditionFailure("training threads open OpenBLAS before the first product")
  }
  return library.functions
}

// Every dimension was checked to fit BLAS's 32-bit integers when the shapes were made.

/// The product in single precision.
@Sendable package func multiplyFloat(_ product: MatrixProduct<Float>) {
  product.single()
}

/// The product in double precision.
@Sendable package func multiplyDouble(_ product: MatrixProduct<Double>) {
  product.double()
}

extension MatrixProduct where Scalar == Float {
  fileprivate func single() {
    guard rows > 0, columns > 0 else { return }
    blas().sgemm(
      CblasRowMajor, transposeA, transposeB, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), accumulates ? 1 : 0, c, Int32(cStride))
  }
}

extension MatrixProduct where Scalar == Double {
  fileprivate func double() {
    guard rows > 0, columns > 0 else { return }
    blas().dgemm(
      CblasRowMajor, transposeA, transposeB, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), accumulates ? 1 : 0, c, Int32(cStride))
  }
}
