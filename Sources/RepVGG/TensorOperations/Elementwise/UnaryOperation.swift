import Glibc

/// A function of each element by itself that has no parameters.
package struct UnaryOperation: TensorOperation {
  package enum Function: String, Sendable, CaseIterable {
    case absolute = "Abs", negation = "Neg", sign = "Sign", not = "Not"
    case squareRoot = "Sqrt", reciprocal = "Reciprocal", exponential = "Exp", logarithm = "Log"
    case erf = "Erf", floor = "Floor", ceiling = "Ceil", round = "Round"
    case sine = "Sin", cosine = "Cos", tangent = "Tan"
    case arcSine = "Asin", arcCosine = "Acos", arcTangent = "Atan"
    case hyperbolicSine = "Sinh", hyperbolicCosine = "Cosh", hyperbolicTangent = "Tanh"
    case areaSine = "Asinh", areaCosine = "Acosh", areaTangent = "Atanh"
    case relu = "Relu", sigmoid = "Sigmoid", softplus = "Softplus", softsign = "Softsign"
    case hardSwish = "HardSwish", mish = "Mish"
    case isNaN = "IsNaN"
  }

  package static let operatorTypes = Function.allCases.map(\.rawValue)

  package var function: Function

  package init(_ function: Function) { self.function = function }

  package var operatorType: String { function.rawValue }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let function = Function(rawValue: node.node.type) else {
      throw node.unsupported("this function")
    }
    return node.reading(UnaryOperation(function), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    let first =
      switch function {
      case .hardSwish: 14
      case .mish: 18
      default: 13
      }
    if opset < first { throw notIn(opset: opset, since: first) }
    return ONNXForm(function.rawValue, inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    return TensorFacts(
      elementType: function == .isNaN ? .bool : input.elementType, dimensions: input.dimensions)
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    // What is counted is a whole number already, and not negative.
    if let input: TensorFacts = inputs.optional(0), let elements = input.elements {
      switch function {
      case .floor, .ceiling, .round: return elements
      case .absolute, .relu:
        if elements.allSatisfy({ $0.size ?? 0 >= 0 && $0 != .unknown }) { return elements }
      default: break
      }
    }
    return evaluatedElements(of: inputs)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    switch result.elements {
    case .real(let values):
      if function == .isNaN {
        return ReferenceTensor(
          shape: result.shape, integers: values.map { $0.isNaN ? 1 : 0 }, elementType: .bool)
      }
      let apply = real
      result.elements = .real(values.map { apply($0) })
    case .integer(let values):
      guard let apply = integer else { throw invalid("its input is of integers") }
      result.elements = .integer(values.map { apply($0) })
    }
    return result.wrapped()
  }

  private var integer: ((Int64) -> Int64)? {
    switch function {
    case .absolute: { $0 < 0 ? 0 &- $0 : $0 }
    case .negation: { 0 &- $0 }
    case .sign: { $0.signum() }
    case .not: { $0 == 0 ? 1 : 0 }
    case .relu: { max(0, $0) }
    default: nil
    }
  }

  var real: @Sendable (Double) -> Double {
    switch function {
    case .absolute: { abs($0) }
    case .negation: { -$0 }
    case .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .not, .isNaN: { $0 == 0 ? 1 : 0 }
    case .squareRoot: { $0.squareRoot() }
    case .reciprocal: { 1 / $0 }
    case .exponential: { exp($0) }
    case .logarithm: { log($0) }
    case .erf: { Glibc.erf($0) }
    case .floor: { $0.rounded(.down) }
    case .ceiling: { $0.rounded(.up) }
    case .round: { $0.rounded(.toNearestOrEven) }
    case .sine: { sin($0) }
    case .cosine: { cos($0) }
    case .tangent: { tan($0) }
    case .arcSine: { asin($0) }
    case .arcCosine: { acos($0) }
    case .arcTangent: { atan($0) }
    case .hyperbolicSine: { sinh($0) }
    case .hyperbolicCosine: { cosh($0) }
    case .hyperbolicTangent: { tanh($0) }
    case .areaSine: { asinh($0) }
    case .areaCosine: { acosh($0) }
    case .areaTangent: { atanh($0) }
    // Not a number stays so.
    case .relu: { $0 < 0 ? 0 : $0 }
    case .sigmoid: { Self.sigmoid($0) }
    case .softplus: { Self.softplus($0) }
    case .softsign: { $0 / (1 + abs($0)) }
    case .hardSwish: { $0 * min(max($0 / 6 + 0.5, 0), 1) }
    case .mish: { $0 * tanh(Self.softplus($0)) }
    }
  }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// `log(1 + exp(x))` without an overflow.
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
