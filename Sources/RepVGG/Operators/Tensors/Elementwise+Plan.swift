/// What ONNX's functions of elements are lowered to.
extension TensorOperation {
  fileprivate func elementwise(
    _ function: ElementwiseOperation.Function, _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    try elementwise(ElementwiseOperation(function), inputs, shape: shape)
  }

  fileprivate func elementwise(
    _ operation: any PlannedOperation, _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard inputs.allSatisfy({ $0?.elementType.isReal ?? true || $0?.elementType == .bool }) else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) of integers")
    }
    let reads = inputs.indices.filter { inputs[$0] != nil }
    let isImage =
      shape.count == 4
      && inputs.contains { $0?.storage == .image && $0?.shape == shape }
    return LoweredOperation(
      operation, reads: reads.map { ($0, nil) },
      storage: isImage ? .image : .dense)
  }
}

extension UnaryOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    let unary: ElementwiseOperation.Unary =
      switch function {
      case .relu: .activation(.relu)
      case .sigmoid: .activation(FusedActivation(.sigmoid))
      case .hardSwish: .activation(FusedActivation(.hardSwish))
      default: .other(real)
      }
    if function == .isNaN {
      return try elementwise(.unary(.other { $0.isNaN ? 1 : 0 }), inputs, shape: shape)
    }
    return try elementwise(.unary(unary), inputs, shape: shape)
  }
}

extension ParametricOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    let unary: ElementwiseOperation.Unary
    switch function {
    case .leakyRelu(let alpha): unary = .activation(FusedActivation(.leakyReLU(slope: alpha)))
    case .hardSigmoid(let alpha, let beta):
      unary = .activation(FusedActivation(.hardSigmoid(slope: alpha, offset: beta)))
    case .gelu(false): unary = .activation(FusedActivation(.gelu))
    case .isInfinite(let negative, let positive):
      unary = .other { $0.isInfinite && ($0 < 0 ? negative : positive) ? 1 : 0 }
    default: unary = .other(real)
    }
    return try elementwise(.unary(unary), inputs, shape: shape)
  }
}

extension ClipOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    func limit(_ index: Int, _ absent: Double) throws(RepVGGError) -> Double {
      guard inputs.indices.contains(index), let input = inputs[index] else { return absent }
      guard let constant = input.constant, constant.count == 1,
        let value = try ReferenceTensor(constant).reals?.first
      else {
        throw RepVGGError(.unsupported, "plans do not run Clip with computed limits")
      }
      return value
    }
    let (low, high) = (try limit(1, -.infinity), try limit(2, .infinity))
    return try elementwise(
      .unary(
        .other {
          let raised = $0 < low ? low : $0
          return raised > high ? high : raised
        }), [inputs.first ?? nil], shape: shape)
  }
}

extension CastOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, type == .float32 || type == .float64,
      input.elementType.isReal || input.elementType == .bool
    else {
      throw RepVGGError(.unsupported, "plans do not run Cast to \(type)")
    }
    return try elementwise(.unary(.other { $0 }), inputs, shape: shape)
  }
}

extension BinaryOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    let binary: ElementwiseOperation.Binary =
      switch function {
      case .add: .add
      case .subtract: .subtract
      case .multiply: .multiply
      case .divide: .divide
      default: .other(real)
      }
    return try elementwise(.binary(binary), inputs, shape: shape)
  }
}

extension VariadicOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    switch (function, inputs.count) {
    case (.maximum, 2): try elementwise(.binary(.maximum), inputs, shape: shape)
    case (.minimum, 2): try elementwise(.binary(.minimum), inputs, shape: shape)
    case (.sum, 2): try elementwise(.binary(.add), inputs, shape: shape)
    default: try elementwise(PlannedVariadic(function: function), inputs, shape: shape)
    }
  }
}
