/// The dimensions in another order.
package struct TransposeOperation: RearrangingOperation {
  package static let operatorTypes = ["Transpose"]

  /// For each dimension of the result the one of the input; nil for the reverse order.
  package var permutation: [Int]?

  package init(permutation: [Int]?) { self.permutation = permutation }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(TransposeOperation(permutation: try node.ints("perm")), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "Transpose",
      attributes: permutation.map { [ONNXAttribute("perm", .ints($0.map { Int64($0) }))] } ?? [],
      inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else {
      return input.with(permutation.map { [Dimension](repeating: .unknown, count: $0.count) })
    }
    return input.with(try order(rank: dimensions.count).map { dimensions[$0] })
  }

  private func order(rank: Int) throws(RepVGGError) -> [Int] {
    guard let permutation else { return (0..<rank).reversed() }
    guard permutation.count == rank else {
      throw invalid("\(permutation) does not order \(rank) dimensions")
    }
    return try normalized(permutation, rank: rank)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let input = try inputs.required(0, self)
    let strides = ReferenceTensor.strides(of: input.shape)
    return StridedRows(
      shape, strides: [try order(rank: input.shape.count).map { strides[$0] }]
    ).sources()
  }
}
