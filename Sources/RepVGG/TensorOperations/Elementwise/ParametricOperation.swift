import Glibc

/// A function of each real element by itself with constant parameters.
package struct ParametricOperation: TensorOperation {
  package enum Function: Sendable, Hashable {
    case leakyRelu(alpha: Float)
    case elu(alpha: Float)
    case selu(alpha: Float, gamma: Float)
    case celu(alpha: Float)
    case thresholdedRelu(alpha: Float)
    case hardSigmoid(alpha: Float, beta: Float)
    case gelu(isApproximate: Bool)
    case shrink(bias: Float, limit: Float)
    /// Whether each sign counts.
    case isInfinite(negative: Bool, positive: Bool)
  }

  package static let operatorTypes = [
    "LeakyRelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "HardSigmoid", "Gelu", "Shrink", "IsInf",
  ]

  package var function: Function

  package init(_ function: Function) { self.function = function }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let alpha = try node.float("alpha")
    let function: Function =
      switch node.node.type {
      case "LeakyRelu": .leakyRelu(alpha: alpha ?? 0.01)
      case "Elu": .elu(alpha: alpha ?? 1)
      case "Selu":
        .selu(
          alpha: alpha ?? 1.673_263_192_176_818_8,
          gamma: try node.float("gamma") ?? 1.050_701_022_148_132_3)
      case "Celu": .celu(alpha: alpha ?? 1)
      case "ThresholdedRelu": .thresholdedRelu(alpha: alpha ?? 1)
      case "HardSigmoid": .hardSigmoid(alpha: alpha ?? 0.2, beta: try node.float("beta") ?? 0.5)
      case "Gelu": .gelu(isApproximate: try isApproximate(node))
      case "Shrink":
        .shrink(bias: try node.float("bias") ?? 0, limit: try node.float("lambd") ?? 0.5)
      case "IsInf":
        .isInfinite(
          negative: try node.bool("detect_negative", default: true),
          positive: try node.bool("detect_positive", default: true))
      default: throw node.unsupported("this function")
      }
    return node.reading(ParametricOperation(function), 1)
  }

  private static func isApproximate(_ node: ONNXOperator) throws(RepVGGError) -> Bool {
    switch try node.string("approximate") ?? "none" {
    case "none": false
    case "tanh": true
    default: throw node.unsupported("this approximation")
    }
  }

  package var operatorType: String { stored.type }

  private var stored: (type: String, attributes: [ONNXAttribute]) {
    func attribute(_ name: String, _ value: Float) -> ONNXAttribute {
      ONNXAttribute(name, .float(value))
    }
    return switch function {
    case .leakyRelu(let alpha): ("LeakyRelu", [attribute("alpha", alpha)])
    case .elu(let alpha): ("Elu", [attribute("alpha", alpha)])
    case .selu(let alpha, let gamma):
      ("Selu", [attribute("alpha", alpha), attribute("gamma", gamma)])
    case .celu(let alpha): ("Celu", [attribute("alpha", alpha)])
    case .thresholdedRelu(let alpha): ("ThresholdedRelu", [attribute("alpha", alpha)])
    case .hardSigmoid(let alpha, let beta):
      ("HardSigmoid", [attribute("alpha", alpha), attribute("beta", beta)])
    case .gelu(let isApproximate):
      ("Gelu", [ONNXAttribute("approximate", .string(isApproximate ? "tanh" : "none"))])
    case .shrink(let bias, let limit):
      ("Shrink", [attribute("bias", bias), attribute("lambd", limit)])
    case .isInfinite(let negative, let positive):
      (
        "IsInf",
        [
          ONNXAttribute("detect_negative", .int(negative ? 1 : 0)),
          ONNXAttribute("detect_positive", .int(positive ? 1 : 0)),
        ]
      )
    }
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if case .gelu = function, opset < 20 { throw notIn(opset: opset, since: 20) }
    return ONNXForm(stored.type, attributes: stored.attributes, inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard case .isInfinite = function else { return input.with(input.dimensions) }
    return TensorFacts(elementType: .bool, dimensions: input.dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let input = try inputs.required(0, self)
    guard let values = input.reals else {
      // Shrinking alone is defined on integers.
      guard case .shrink = function, let values = input.integers else {
        throw invalid("its input is of integers")
      }
      let apply = real
      return ReferenceTensor(
        shape: input.shape,
        integers: values.map { CastOperation.integer(apply(Double($0))) },
        elementType: input.elementType
      ).wrapped()
    }
    if case .isInfinite(let negative, let positive) = function {
      return ReferenceTensor(
        shape: input.shape,
        integers: values.map { $0.isInfinite && ($0 < 0 ? negative : positive) ? 1 : 0 },
        elementType: .bool)
    }
    let apply = real
    return ReferenceTensor(
      shape: input.shape, values.map { apply($0) }, elementType: input.elementType)
  }

  var real: @Sendable (Double) -> Double {
    switch function {
    case .leakyRelu(let alpha):
      let alpha = Double(alpha)
      return { $0 < 0 ? alpha * $0 : $0 }
    case .elu(let alpha):
      let alpha = Double(alpha)
      return { $0 < 0 ? alpha * expm1($0) : $0 }
    case .selu(let alpha, let gamma):
      let (alpha, gamma) = (Double(alpha), Double(gamma))
      return { gamma * ($0 <= 0 ? alpha * expm1($0) : $0) }
    case .celu(let alpha):
      let alpha = Double(alpha)
      return { $0 < 0 ? alpha * expm1($0 / alpha) : $0 }
    case .thresholdedRelu(let alpha):
      let alpha = Double(alpha)
      return { $0 > alpha ? $0 : 0 }
    case .hardSigmoid(let alpha, let beta):
      let (alpha, beta) = (Double(alpha), Double(beta))
      return { min(max(alpha * $0 + beta, 0), 1) }
    case .gelu(false): return { 0.5 * $0 * erfc(-$0 * 0.5.squareRoot()) }
    case .gelu(true):
      let scale = (2 / Double.pi).squareRoot()
      return { 0.5 * $0 * (1 + tanh(scale * ($0 + 0.044715 * $0 * $0 * $0))) }
    case .shrink(let bias, let limit):
      let (bias, limit) = (Double(bias), Double(limit))
      return { $0 < -limit ? $0 + bias : $0 > limit ? $0 - bias : 0 }
    case .isInfinite: return { $0 }
    }
  }
}
