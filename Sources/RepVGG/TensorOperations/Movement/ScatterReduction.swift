/// What becomes of an element that is written to.
package enum ScatterReduction: String, Sendable {
  case replace = "none"
  case add
  case multiply = "mul"
  case maximum = "max"
  case minimum = "min"

  func combined(_ old: Double, _ new: Double) -> Double {
    switch self {
    case .replace: new
    case .add: old + new
    case .multiply: old * new
    case .maximum: BinaryOperation.maximum(old, new)
    case .minimum: BinaryOperation.minimum(old, new)
    }
  }

  func combined(_ old: Int64, _ new: Int64) -> Int64 {
    switch self {
    case .replace: new
    case .add: old &+ new
    case .multiply: old &* new
    case .maximum: max(old, new)
    case .minimum: min(old, new)
    }
  }

  /// The attributes that store it.
  func attributes(opset: Int, of operation: some TensorOperation) throws(RepVGGError)
    -> [ONNXAttribute]
  {
    switch self {
    case .replace: return []
    case .add, .multiply:
      if opset < 16 { throw operation.notIn(opset: opset, since: 16) }
    case .maximum, .minimum:
      if opset < 18 { throw operation.notIn(opset: opset, since: 18) }
    }
    return [ONNXAttribute("reduction", .string(rawValue))]
  }
}

/// An operation that writes elements of its third input into its first, at indices, its second.
protocol ScatteringOperation: RearrangingOperation {
  var reduction: ScatterReduction { get }

  /// For each update which element it is written to.
  func targets(
    in shape: [Int], indices: ArrangementInput, updates: [Int]
  ) throws(RepVGGError) -> [Int32]
}

extension ScatteringOperation {
  package func dataInputs(_ count: Int) -> [Int] { [0, 2] }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    return data.with(data.dimensions)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    guard reduction == .replace else { throw invalid("its updates are combined") }
    let updates = try inputs.required(2, self)
    let targets = try targets(
      in: shape, indices: inputs.required(1, self), updates: updates.shape)
    let count = shape.reduce(1, *)
    var sources = (0..<count).map { Int32(truncatingIfNeeded: $0) }
    for (index, target) in targets.enumerated() {
      sources[Int(target)] = Int32(truncatingIfNeeded: count + index)
    }
    return sources
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    if reduction == .replace { return try rearranged(inputs, shape: shape) }
    var result = try inputs.required(0, self)
    let updates = try inputs.required(2, self)
    let indices = try inputs.required(1, self)
    let targets = try targets(
      in: shape, indices: ArrangementInput(shape: indices.shape, integers: indices.integers ?? []),
      updates: updates.shape)
    switch (result.elements, updates.elements) {
    case (.real(var values), .real(let new)):
      for (index, target) in targets.enumerated() {
        values[Int(target)] = reduction.combined(values[Int(target)], new[index])
      }
      result.elements = .real(values)
    case (.integer(var values), .integer(let new)):
      for (index, target) in targets.enumerated() {
        values[Int(target)] = reduction.combined(values[Int(target)], new[index])
      }
      result.elements = .integer(values)
    default: throw invalid("its inputs differ in type")
    }
    return result.wrapped()
  }
}
