/// `alpha a b + beta c` of matrices that may be stored transposed; `c` is broadcast or absent.
package struct GemmOperation: TensorOperation {
  package static let operatorTypes = ["Gemm"]

  package var alpha: Float
  package var beta: Float
  package var transposesLeft: Bool
  package var transposesRight: Bool

  package init(
    alpha: Float = 1, beta: Float = 1, transposesLeft: Bool = false, transposesRight: Bool = false
  ) {
    self.alpha = alpha
    self.beta = beta
    self.transposesLeft = transposesLeft
    self.transposesRight = transposesRight
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      GemmOperation(
        alpha: try node.float("alpha") ?? 1, beta: try node.float("beta") ?? 1,
        transposesLeft: try node.bool("transA"), transposesRight: try node.bool("transB")), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "Gemm",
      attributes: [
        ONNXAttribute("alpha", .float(alpha)), ONNXAttribute("beta", .float(beta)),
        ONNXAttribute("transA", .int(transposesLeft ? 1 : 0)),
        ONNXAttribute("transB", .int(transposesRight ? 1 : 0)),
      ], inputs: [.value(0), .value(1), .value(2)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let left = try inputs.required(0, self)
    let right = try inputs.required(1, self)
    let a = try matrix(left, isTransposed: transposesLeft)
    let b = try matrix(right, isTransposed: transposesRight)
    guard Dimension.same(a[1], b[0]) != nil else {
      throw invalid("\(a[1].size ?? 0) columns do not fit \(b[0].size ?? 0) rows")
    }
    let result = [a[0], b[1]]
    let addend: TensorFacts? = inputs.optional(2)
    if let addend = addend?.dimensions {
      guard addend.count <= 2, let both = [Dimension].broadcast([result, addend]),
        zip(both, result).allSatisfy({ Dimension.same($0, $1) != nil })
      else { throw invalid("its third input cannot be broadcast to the product") }
    }
    return left.with(result)
  }

  private func matrix(_ input: TensorFacts, isTransposed: Bool) throws(RepVGGError) -> [Dimension] {
    guard let dimensions = input.dimensions else { return [.unknown, .unknown] }
    guard dimensions.count == 2 else { throw invalid("an input is not a matrix") }
    return isTransposed ? dimensions.reversed() : dimensions
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    var left = try inputs.required(0, self)
    var right = try inputs.required(1, self)
    let transpose = TransposeOperation(permutation: [1, 0])
    if transposesLeft { left = try transpose.evaluated(on: [left]) }
    if transposesRight { right = try transpose.evaluated(on: [right]) }
    var result = try MatMulOperation().evaluated(on: [left, right])
    result = try scaled(result, by: alpha)
    if let addend: ReferenceTensor = inputs.optional(2) {
      result = try BinaryOperation(.add).evaluated(on: [result, scaled(addend, by: beta)])
    }
    guard result.shape == shape else { throw invalid("its third input is too large") }
    return result
  }

  private func scaled(
    _ tensor: ReferenceTensor, by factor: Float
  ) throws(RepVGGError) -> ReferenceTensor {
    guard factor != 1 else { return tensor }
    var result = tensor
    switch tensor.elements {
    case .real(let values): result.elements = .real(values.map { $0 * Double(factor) })
    case .integer(let values):
      result.elements = .integer(
        values.map { CastOperation.integer(Double($0) * Double(factor)) })
    }
    return result.wrapped()
  }
}
