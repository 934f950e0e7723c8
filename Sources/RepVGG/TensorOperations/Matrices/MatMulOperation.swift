/// The product of matrices, the last two dimensions; those before are broadcast.
package struct MatMulOperation: TensorOperation {
  package static let operatorTypes = ["MatMul"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(MatMulOperation(), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("MatMul", inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let left = try inputs.required(0, self)
    let right = try inputs.required(1, self)
    guard let a = left.dimensions, let b = right.dimensions else { return left.with(nil) }
    guard let inner = a.last, let other = b.count > 1 ? b[b.count - 2] : b.last else {
      throw invalid("an input is a scalar")
    }
    guard Dimension.same(inner, other) != nil else {
      throw invalid("\(inner.size ?? 0) columns do not fit \(other.size ?? 0) rows")
    }
    guard let batch = [Dimension].broadcast([a.dropLast(2), b.dropLast(2)].map { Array($0) }) else {
      throw invalid("its stacks of matrices cannot be broadcast")
    }
    let rows = a.count > 1 ? [a[a.count - 2]] : []
    return left.with(batch + rows + (b.count > 1 ? [b[b.count - 1]] : []))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    let left = try inputs.required(0, self)
    let right = try inputs.required(1, self)
    // A vector is one row, or one column.
    let a = left.shape.count == 1 ? [1] + left.shape : left.shape
    let b = right.shape.count == 1 ? right.shape + [1] : right.shape
    let sizes = (rows: a[a.count - 2], inner: a[a.count - 1], columns: b[b.count - 1])
    let rank = max(a.count, b.count) - 2
    let batch = Array(shape.prefix(rank))
    try checkWork(batch + [sizes.rows, sizes.inner, sizes.columns])
    let aStrides = StridedRows.broadcastStrides(of: a.dropLast(2), to: batch)
    let bStrides = StridedRows.broadcastStrides(of: b.dropLast(2), to: batch)
    switch (left.elements, right.elements) {
    case (.real(let a), .real(let b)):
      let values = MatrixProduct.products(
        a, aStrides, b, bStrides, batch: batch, sizes, zero: 0
      ) { MatrixProduct.accumulate($0, $1, $2, rows: $3, inner: $4, columns: $5) }
      return ReferenceTensor(shape: shape, values, elementType: left.elementType)
    case (.integer(let a), .integer(let b)):
      let values = MatrixProduct.products(
        a, aStrides, b, bStrides, batch: batch, sizes, zero: Int64(0)
      ) { MatrixProduct.accumulate($0, $1, $2, rows: $3, inner: $4, columns: $5) }
      return ReferenceTensor(shape: shape, integers: values, elementType: left.elementType)
        .wrapped()
    default: throw invalid("its inputs differ in type")
    }
  }
}

extension StridedRows {
  static func broadcastStrides(of shape: ArraySlice<Int>, to result: [Int]) -> [Int] {
    broadcastStrides(of: Array(shape), to: result)
  }
}
