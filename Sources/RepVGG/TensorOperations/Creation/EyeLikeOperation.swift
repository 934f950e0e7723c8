/// Ones on a diagonal of a matrix that has the shape of the input.
package struct EyeLikeOperation: TensorOperation {
  package static let operatorTypes = ["EyeLike"]

  /// Nil for the type of the input.
  package var type: ElementType?
  /// How far the diagonal is above the main one.
  package var offset: Int

  package init(type: ElementType? = nil, offset: Int = 0) {
    self.type = type
    self.offset = offset
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      EyeLikeOperation(type: try node.elementType("dtype"), offset: try node.int("k") ?? 0), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    var attributes = [ONNXAttribute("k", .int(Int64(offset)))]
    if let type { attributes.append(ONNXAttribute("dtype", .int(type.onnxCode ?? 0))) }
    return ONNXForm("EyeLike", attributes: attributes, inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    if let rank = input.rank, rank != 2 { throw invalid("its input has \(rank) dimensions, not 2") }
    return TensorFacts(elementType: type ?? input.elementType, dimensions: input.dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let input = try inputs.required(0, self)
    let shape = try resultShape(of: inputs)
    var ones = [Int64](repeating: 0, count: shape.reduce(1, *))
    for row in 0..<shape[0] {
      let (column, overflow) = row.addingReportingOverflow(offset)
      if !overflow, (0..<shape[1]).contains(column) { ones[row * shape[1] + column] = 1 }
    }
    return CastOperation.converted(
      ReferenceTensor(shape: shape, integers: ones), to: type ?? input.elementType)
  }
}
