/// Removes dimensions of size 1.
package struct SqueezeOperation: SameOrderOperation {
  package static let operatorTypes = ["Squeeze"]

  /// Nil for all that are 1.
  package var axes: [Int]?

  package init(axes: [Int]?) { self.axes = axes }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let axes = node.opset < 13 ? try node.ints("axes") : try node.integers(1, "axes")
    return node.reading(SqueezeOperation(axes: axes), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Squeeze", inputs: [.value(0)] + (axes.map { [.constant(ReferenceTensor($0))] } ?? []))
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    guard let axes else {
      guard dimensions.sizes != nil else { return input.with(nil) }
      return input.with(dimensions.filter { $0 != .fixed(1) })
    }
    let removed = try normalized(axes, rank: dimensions.count)
    for axis in removed {
      if case .fixed(let size) = dimensions[axis], size != 1 {
        throw invalid("the dimension \(axis) has the size \(size), not 1")
      }
    }
    return input.with(
      dimensions.enumerated().filter { !removed.contains($0.offset) }.map(\.element))
  }
}
