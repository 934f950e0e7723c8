/// A tensor that the file states.
package struct ConstantOperation: TensorOperation {
  package static let operatorTypes = ["Constant"]

  package var value: ReferenceTensor

  package init(_ value: ReferenceTensor) { self.value = value }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let value: ReferenceTensor
    if let tensor = try node.tensor("value") {
      value = tensor
    } else if let number = try node.float("value_float") {
      value = ReferenceTensor(shape: [], [Double(number)])
    } else if let number = try node.int("value_int") {
      value = ReferenceTensor(shape: [], integers: [Int64(number)])
    } else if let numbers = try node.floats("value_floats") {
      value = ReferenceTensor(shape: [numbers.count], numbers.map { Double($0) })
    } else if let numbers = try node.ints("value_ints") {
      value = ReferenceTensor(numbers)
    } else {
      throw node.unsupported("a value that is text or sparse")
    }
    return [TensorOperationNode(ConstantOperation(value), inputs: [])]
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Constant", attributes: [ONNXAttribute("value", .tensor(Tensor(value)))], inputs: [])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    TensorFacts(elementType: value.elementType, dimensions: value.shape.map { .fixed($0) })
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    value
  }
}
