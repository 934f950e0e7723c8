/// A tensor of one value: the input is its shape.
package struct ConstantOfShapeOperation: TensorOperation {
  package static let operatorTypes = ["ConstantOfShape"]

  /// One element.
  package var value: ReferenceTensor

  package init(_ value: ReferenceTensor) { self.value = value }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let value = try node.tensor("value") ?? ReferenceTensor(shape: [1], [0])
    guard value.count == 1 else { throw node.invalid("its value has \(value.count) elements") }
    return node.reading(ConstantOfShapeOperation(value), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "ConstantOfShape", attributes: [ONNXAttribute("value", .tensor(Tensor(value)))],
      inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let shape = try inputs.required(0, self)
    if let sizes = shape.elements {
      guard sizes.allSatisfy({ $0.size ?? 0 >= 0 }) else { throw invalid("its shape is \(sizes)") }
    }
    return TensorFacts(elementType: value.elementType, dimensions: shape.elements)
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    guard let element = TensorFacts(value).elements?.first else { return nil }
    return [Dimension](repeating: element, count: shape.reduce(1, *))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    let count = shape.reduce(1, *)
    switch value.elements {
    case .real(let values):
      return ReferenceTensor(
        shape: shape, [Double](repeating: values.first ?? 0, count: count),
        elementType: value.elementType)
    case .integer(let values):
      return ReferenceTensor(
        shape: shape, integers: [Int64](repeating: values.first ?? 0, count: count),
        elementType: value.elementType)
    }
  }
}
