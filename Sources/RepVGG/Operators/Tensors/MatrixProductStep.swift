/// Products of matrices, the last two dimensions; those before are broadcast.
struct PlannedMatrixProduct: PlannedOperation {
  var transposesLeft = false
  var transposesRight = false
  /// What products are multiplied by, and what the third tensor, which is broadcast, is.
  var scale: Float = 1
  var addendScale: Float = 1
  let algorithm = "matrix product"

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    let left = Matrices(reads[0], isColumn: false, isTransposed: transposesLeft)
    let right = Matrices(reads[1], isColumn: true, isTransposed: transposesRight)
    let batch = Array(result.shape.prefix(max(left.outer.count, right.outer.count)))
    let loop = StridedLoop(
      shape: batch,
      strides: [
        ReferenceTensor.strides(of: batch).map { $0 * left.rows * right.columns },
        left.strides(broadcastTo: batch), right.strides(broadcastTo: batch),
      ], starts: [0, left.start, right.start])
    return PlannedStep(
      kernel: MatrixProductStep(
        loop: loop, left: left, right: right, scale: scale, addendScale: addendScale,
        addend: reads.count > 2 ? reads[2].strides(broadcastTo: result.shape) : nil),
      multiplicationCount: loop.rowCount * loop.rowLength * left.rows * left.columns
        * right.columns)
  }

  /// Matrices of a tensor; a vector is one row, or one column.
  struct Matrices: Sendable {
    let outer: [Int]
    let outerStrides: [Int]
    let start: Int
    let rows: Int
    let columns: Int
    let rowStride: Int
    let columnStride: Int

    init(_ tensor: StoredTensor, isColumn: Bool, isTransposed: Bool) {
      var (shape, strides) = (tensor.shape, tensor.strides)
      if shape.count == 1 {
        shape.insert(1, at: isColumn ? 1 : 0)
        strides.insert(0, at: isColumn ? 1 : 0)
      }
      outer = shape.dropLast(2)
      outerStrides = strides.dropLast(2)
      start = tensor.offset
      let (row, column) =
        isTransposed
        ? (shape.count - 1, shape.count - 2) : (shape.count - 2, shape.count - 1)
      rows = shape[row]
      columns = shape[column]
      rowStride = strides[row]
      columnStride = strides[column]
    }

    func strides(broadcastTo result: [Int]) -> [Int] {
      var strides = [Int](repeating: 0, count: result.count)
      for axis in outer.indices where outer[axis] != 1 {
        strides[result.count - outer.count + axis] = outerStrides[axis]
      }
      return strides
    }
  }
}

/// Reads two tensors, and maybe what is added; writes the products one after the other.
///
/// Workers split the rows of all products.
private struct MatrixProductStep: StepKernel {
  let loop: StridedLoop
  let left: PlannedMatrixProduct.Matrices
  let right: PlannedMatrixProduct.Matrices
  let scale: Float
  let addendScale: Float
  /// Floats between rows and columns of what is added.
  let addend: [Int]?

  func run(_ frame: Frame) {
    let columns = right.columns
    for index in frame.share(of: loop.rowCount * loop.rowLength * left.rows) {
      let (product, row) = index.quotientAndRemainder(dividingBy: left.rows)
      let (outer, inner) = product.quotientAndRemainder(dividingBy: loop.rowLength)
      let a =
        frame.floats(read: 0) + loop.start(of: 1, row: outer) + inner * loop.steps[1]
        + row * left.rowStride
      let b = frame.floats(read: 1) + loop.start(of: 2, row: outer) + inner * loop.steps[2]
      let c = frame.floats(written: 0) + index * columns
      for column in 0..<columns { c[column] = 0 }
      for k in 0..<left.columns {
        let factor = a[k * left.columnStride] * scale
        let line = b + k * right.rowStride
        if right.columnStride == 1 {
          for column in 0..<columns { c[column] += factor * line[column] }
        } else {
          for column in 0..<columns { c[column] += factor * line[column * right.columnStride] }
        }
      }
      guard let addend else { continue }
      let summands = frame.floats(read: 2) + row * addend[0]
      for column in 0..<columns { c[column] += addendScale * summands[column * addend[1]] }
    }
  }
}

extension MatMulOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard inputs.allSatisfy({ $0?.elementType.isReal ?? false }) else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) of integers")
    }
    return LoweredOperation(
      PlannedMatrixProduct(), reads: [(0, nil), (1, nil)], storage: .dense)
  }
}

extension GemmOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard inputs.allSatisfy({ $0?.elementType.isReal ?? true }) else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) of integers")
    }
    return LoweredOperation(
      PlannedMatrixProduct(
        transposesLeft: transposesLeft, transposesRight: transposesRight, scale: alpha,
        addendScale: beta),
      reads: inputs.indices.filter { inputs[$0] != nil }.map { ($0, nil) }, storage: .dense)
  }
}
