/// The mean or the largest element of every channel.
package struct GlobalPoolOperation: TensorOperation {
  package enum Function: String, Sendable {
    case average = "GlobalAveragePool", maximum = "GlobalMaxPool"
  }

  package static let operatorTypes = ["GlobalAveragePool", "GlobalMaxPool"]

  package var function: Function

  package init(_ function: Function) { self.function = function }

  package var operatorType: String { function.rawValue }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      GlobalPoolOperation(node.node.type == "GlobalMaxPool" ? .maximum : .average), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(function.rawValue, inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    guard dimensions.count >= 2 else { throw invalid("its input has no channels") }
    return input.with(dimensions[..<2] + dimensions[2...].map { _ in .fixed(1) })
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let rank = try resultShape(of: inputs).count
    _ = try inputs.reals(0, self)
    return try ReductionOperation(
      function == .average ? .mean : .maximum, axes: Array(2..<rank)
    ).evaluated(on: inputs)
  }
}
