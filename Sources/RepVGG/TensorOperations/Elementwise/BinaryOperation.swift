import Glibc

/// A function of two elements, the tensors broadcast.
///
/// Integers wrap at the limits of their type; a division truncates, and one by zero is an error.
package struct BinaryOperation: TensorOperation {
  package enum Function: String, Sendable, CaseIterable {
    case add = "Add", subtract = "Sub", multiply = "Mul", divide = "Div", power = "Pow"
    /// The remainder with the sign of the divisor.
    case modulo = "Mod"
    /// The remainder with the sign of the dividend.
    case remainder = "Mod fmod"
    case and = "And", or = "Or", exclusiveOr = "Xor"
    case equal = "Equal", less = "Less", greater = "Greater"
    case lessOrEqual = "LessOrEqual", greaterOrEqual = "GreaterOrEqual"
    /// Negative elements times the second input.
    case pRelu = "PRelu"
  }

  package static let operatorTypes = Function.allCases.map(\.rawValue).filter { $0 != "Mod fmod" }

  package var function: Function

  package init(_ function: Function) { self.function = function }

  package var operatorType: String { function == .remainder ? "Mod" : function.rawValue }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard var function = Function(rawValue: node.node.type) else {
      throw node.unsupported("this function")
    }
    // Before, a tensor was broadcast by attributes, and slopes along the channels.
    if node.opset < 7, try node.bool("broadcast") || function == .pRelu {
      throw node.unsupported("broadcasting of operator sets before 7")
    }
    if function == .modulo, try node.bool("fmod") { function = .remainder }
    return node.reading(BinaryOperation(function), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      operatorType, attributes: function == .remainder ? [ONNXAttribute("fmod", .int(1))] : [],
      inputs: [.value(0), .value(1)])
  }

  private var isPredicate: Bool {
    switch function {
    case .and, .or, .exclusiveOr, .equal, .less, .greater, .lessOrEqual, .greaterOrEqual: true
    default: false
    }
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let left = try inputs.required(0, self)
    let right = try inputs.required(1, self)
    let dimensions = try broadcast([left, right])
    if function == .pRelu, let dimensions, let own = left.dimensions, own.count < dimensions.count {
      throw invalid("its slope has more dimensions than its input")
    }
    return TensorFacts(elementType: isPredicate ? .bool : left.elementType, dimensions: dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let left = try inputs.required(0, self)
    let right = try inputs.required(1, self)
    let shape = try resultShape(of: inputs)
    switch (left.elements, right.elements) {
    case (.real(let a), .real(let b)):
      let values = Self.combined(a, left.shape, b, right.shape, shape, real)
      guard isPredicate else {
        return ReferenceTensor(shape: shape, values, elementType: left.elementType)
      }
      return ReferenceTensor(
        shape: shape, integers: values.map { $0 != 0 ? 1 : 0 }, elementType: .bool)
    case (.integer(let a), .integer(let b)):
      if b.contains(0), [.divide, .modulo, .remainder].contains(function) {
        throw invalid("it divides integers by zero")
      }
      return ReferenceTensor(
        shape: shape, integers: Self.combined(a, left.shape, b, right.shape, shape, integer),
        elementType: isPredicate ? .bool : left.elementType
      ).wrapped()
    case (.real(let a), .integer(let b)) where function == .power:
      return ReferenceTensor(
        shape: shape,
        Self.combined(a, left.shape, b.map { Double($0) }, right.shape, shape, real),
        elementType: left.elementType)
    case (.integer(let a), .real(let b)) where function == .power:
      let values = Self.combined(a.map { Double($0) }, left.shape, b, right.shape, shape, real)
      return ReferenceTensor(
        shape: shape, integers: values.map { CastOperation.integer($0) },
        elementType: left.elementType
      ).wrapped()
    default: throw invalid("its inputs differ in type: \(left.elementType), \(right.elementType)")
    }
  }

  /// A function of the elements of two tensors that are broadcast.
  static func combined<Element>(
    _ left: [Element], _ leftShape: [Int], _ right: [Element], _ rightShape: [Int],
    _ shape: [Int], _ function: (Element, Element) -> Element
  ) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(shape.reduce(1, *))
    let rows = StridedRows(
      shape,
      strides: [
        StridedRows.broadcastStrides(of: leftShape, to: shape),
        StridedRows.broadcastStrides(of: rightShape, to: shape),
      ])
    rows.forEach { _, offsets in
      var (a, b) = (offsets[0], offsets[1])
      for _ in 0..<rows.rowLength {
        result.append(function(left[a], right[b]))
        a += rows.steps[0]
        b += rows.steps[1]
      }
    }
    return result
  }
}
