extension ONNXImporter {
  /// Reads a product of rows with a constant matrix as a dense layer.
  ///
  /// - Returns: Whether it is one.
  mutating func readDense(_ node: ONNXNode) throws(RepVGGError) -> Bool {
    guard node.type == "Gemm" || node.type == "MatMul", let place = source(node, 0),
      facts[place].dimensions?.count == 2, facts[place].elementType.isReal,
      let matrix = constant(node, 1), matrix.shape.count == 2
    else { return false }
    let parameters = ONNXOperator(node, opset: opset, constants: [])
    var isTransposed = false
    var bias: Tensor?
    if node.type == "Gemm" {
      guard try parameters.float("alpha") ?? 1 == 1, try parameters.float("beta") ?? 1 == 1,
        try !parameters.bool("transA"),
        node.inputs.count < 3 || node.inputs[2].isEmpty
          || constant(node, 2) != nil
      else { return false }
      isTransposed = try parameters.bool("transB")
      bias = constant(node, 2)
    }
    let (outputs, inputs) =
      isTransposed ? (matrix.shape[0], matrix.shape[1]) : (matrix.shape[1], matrix.shape[0])
    guard facts[place].dimensions?.last?.size ?? inputs == inputs else { return false }
    if let given = bias {
      // One number for all, or a row that is added to every row.
      guard given.shape == [outputs] || given.shape == [1, outputs] else { return false }
      bias = Tensor(shape: [outputs], source: given.source, name: given.name)
    }
    let weight = isTransposed ? matrix : matrix.transposed
    try define(node, .dense(Linear(weight: weight, bias: bias)), [place])
    return true
  }
}

extension Tensor {
  /// A matrix with rows and columns exchanged, computed when it is read.
  fileprivate var transposed: Tensor {
    let (rows, columns) = (shape[0], shape[1])
    return Tensor(
      shape: [columns, rows],
      source: TransposedSource(source: source, rows: rows, columns: columns), name: name)
  }
}

/// The elements of a matrix, column by column.
private struct TransposedSource: TensorSource {
  let source: any TensorSource
  let rows: Int
  let columns: Int
  var elementType: ElementType { source.elementType }

  func floats(count: Int) throws(RepVGGError) -> [Float] {
    transposed(try source.floats(count: count))
  }

  func doubles(count: Int) throws(RepVGGError) -> [Double] {
    transposed(try source.doubles(count: count))
  }

  private func transposed<Element>(_ values: [Element]) -> [Element] {
    [Element](unsafeUninitializedCapacity: values.count) { buffer, count in
      for column in 0..<columns {
        for row in 0..<rows { buffer[column * rows + row] = values[row * columns + column] }
      }
      count = values.count
    }
  }
}
