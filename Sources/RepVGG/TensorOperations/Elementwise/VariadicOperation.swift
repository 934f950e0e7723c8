/// A function of any number of elements, the tensors broadcast.
package struct VariadicOperation: TensorOperation {
  package enum Function: String, Sendable, CaseIterable {
    case maximum = "Max", minimum = "Min", sum = "Sum", mean = "Mean"
  }

  package static let operatorTypes = Function.allCases.map(\.rawValue)

  package var function: Function
  package var inputCount: Int

  package init(_ function: Function, inputCount: Int) {
    self.function = function
    self.inputCount = inputCount
  }

  package var operatorType: String { function.rawValue }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let function = Function(rawValue: node.node.type) else {
      throw node.unsupported("this function")
    }
    let count = node.node.inputs.count
    return node.reading(VariadicOperation(function, inputCount: count), count)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(function.rawValue, inputs: (0..<inputCount).map { .value($0) })
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let inputs = try inputs.allRequired(self)
    guard let first = inputs.first else { throw invalid("it has no inputs") }
    return try first.with(broadcast(inputs))
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    let tensors = try inputs.allRequired(self)
    guard var result = tensors.first else { throw invalid("it has no inputs") }
    for tensor in tensors.dropFirst() { result = try combined(result, tensor) }
    result.shape = shape
    guard function == .mean else { return result }
    let count = Double(tensors.count)
    guard let sums = result.reals else { throw invalid("its inputs are of integers") }
    result.elements = .real(sums.map { $0 / count })
    return result
  }

  private func combined(
    _ left: ReferenceTensor, _ right: ReferenceTensor
  ) throws(RepVGGError) -> ReferenceTensor {
    if function == .sum || function == .mean {
      return try BinaryOperation(.add).evaluated(on: [left, right])
    }
    let shape = try resultShape(of: [left, right])
    let isMaximum = function == .maximum
    switch (left.elements, right.elements) {
    case (.real(let a), .real(let b)):
      return ReferenceTensor(
        shape: shape,
        BinaryOperation.combined(
          a, left.shape, b, right.shape, shape,
          isMaximum ? BinaryOperation.maximum : BinaryOperation.minimum),
        elementType: left.elementType)
    case (.integer(let a), .integer(let b)):
      let isUnsigned = left.elementType == .uint64
      return ReferenceTensor(
        shape: shape,
        integers: BinaryOperation.combined(a, left.shape, b, right.shape, shape) {
          let isLess = isUnsigned ? UInt64(bitPattern: $0) < UInt64(bitPattern: $1) : $0 < $1
          return isLess == isMaximum ? $1 : $0
        }, elementType: left.elementType)
    default: throw invalid("its inputs differ in type")
    }
  }
}
