/// Inserts dimensions of size 1, counted in the result.
package struct UnsqueezeOperation: SameOrderOperation {
  package static let operatorTypes = ["Unsqueeze"]

  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let axes = node.opset < 13 ? try node.ints("axes") : try node.integers(1, "axes")
    guard let axes else { throw node.invalid("its axes are missing") }
    guard axes.count <= StoredTensorSource.rankLimit else {
      throw node.unsupported("\(axes.count) axes")
    }
    return node.reading(UnsqueezeOperation(axes: axes), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Unsqueeze", inputs: [.value(0), .constant(ReferenceTensor(axes))])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    let rank = dimensions.count + axes.count
    let inserted = try normalized(axes, rank: rank)
    var rest = dimensions.makeIterator()
    return input.with(
      (0..<rank).map { inserted.contains($0) ? .fixed(1) : rest.next() ?? .fixed(1) })
  }
}
