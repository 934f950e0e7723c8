/// The elements as another type.
///
/// Real numbers are truncated to integers, those beyond Int64 to its limits, then wrapped to the
/// type; what is not a number becomes 0. Real numbers are not rounded to a type of less precision.
package struct CastOperation: TensorOperation {
  package static let operatorTypes = ["Cast"]

  package var type: ElementType

  package init(to type: ElementType) { self.type = type }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let type = try node.elementType("to") else { throw node.invalid("its type is missing") }
    return node.reading(CastOperation(to: type), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if type == .float8E4M3 || type == .float8E5M2, opset < 19 {
      throw notIn(opset: opset, since: 19)
    }
    return ONNXForm(
      "Cast", attributes: [ONNXAttribute("to", .int(type.onnxCode ?? 0))], inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    TensorFacts(elementType: type, dimensions: try inputs.required(0, self).dimensions)
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    Self.elements(of: inputs.optional(0), as: type)
  }

  /// Symbols are sizes, which every type but the small ones holds.
  static func elements(of input: TensorFacts?, as type: ElementType) -> [Dimension]? {
    guard let elements = input?.elements else { return nil }
    return elements.map { element in
      switch element {
      case .fixed(let value):
        type.isReal ? element : .fixed(Int(type.wrapped(Int64(value))))
      case .symbol where type.byteCount >= 4: element
      default: .unknown
      }
    }
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    Self.converted(try inputs.required(0, self), to: type)
  }

  /// A tensor as another type.
  static func converted(_ tensor: ReferenceTensor, to type: ElementType) -> ReferenceTensor {
    if type.isReal {
      return ReferenceTensor(shape: tensor.shape, reals(of: tensor), elementType: type)
    }
    let integers: [Int64] =
      switch tensor.elements {
      case .integer(let values): values
      case .real(let values):
        type == .bool ? values.map { $0 == 0 ? 0 : 1 } : values.map { integer($0) }
      }
    return ReferenceTensor(shape: tensor.shape, integers: integers, elementType: type).wrapped()
  }

  /// The elements as real numbers.
  static func reals(of tensor: ReferenceTensor) -> [Double] {
    switch tensor.elements {
    case .real(let values): values
    case .integer(let values):
      tensor.elementType == .uint64
        ? values.map { Double(UInt64(bitPattern: $0)) } : values.map { Double($0) }
    }
  }

  /// A number truncated to an integer.
  static func integer(_ value: Double) -> Int64 {
    if value.isNaN { return 0 }
    if let exact = Int64(exactly: value.rounded(.towardZero)) { return exact }
    return value < 0 ? .min : .max
  }
}
