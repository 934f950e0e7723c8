import Glibc

/// A number for all elements along axes.
package struct ReductionOperation: TensorOperation {
  package enum Function: String, Sendable, CaseIterable {
    case sum = "ReduceSum", mean = "ReduceMean", maximum = "ReduceMax", minimum = "ReduceMin"
    case product = "ReduceProd", absoluteSum = "ReduceL1", norm = "ReduceL2"
    case logarithmOfSum = "ReduceLogSum", logarithmOfExponentials = "ReduceLogSumExp"
    case sumOfSquares = "ReduceSumSquare"
  }

  package static let operatorTypes = Function.allCases.map(\.rawValue)

  package var function: Function
  /// Nil for all.
  package var axes: [Int]?
  /// Whether reduced dimensions stay, as 1.
  package var keepsDimensions: Bool

  package init(_ function: Function, axes: [Int]?, keepsDimensions: Bool = true) {
    self.function = function
    self.axes = axes
    self.keepsDimensions = keepsDimensions
  }

  package var operatorType: String { function.rawValue }

  /// The first operator set in which the axes are an input.
  private static func firstSetWithInput(_ function: Function) -> Int {
    function == .sum ? 13 : 18
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let function = Function(rawValue: node.node.type) else {
      throw node.unsupported("this function")
    }
    let keeps = try node.bool("keepdims", default: true)
    var axes =
      node.opset < firstSetWithInput(function)
      ? try node.ints("axes") : try node.integers(1, "axes")
    if axes?.isEmpty ?? true {
      axes = nil
      if try node.bool("noop_with_empty_axes") { axes = [] }
    }
    return node.reading(ReductionOperation(function, axes: axes, keepsDimensions: keeps), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    var form = ONNXForm(
      function.rawValue,
      attributes: [ONNXAttribute("keepdims", .int(keepsDimensions ? 1 : 0))], inputs: [.value(0)])
    guard let axes else { return form }
    if axes.isEmpty {
      guard opset >= Self.firstSetWithInput(function) else {
        throw notIn(opset: opset, since: Self.firstSetWithInput(function))
      }
      form.attributes.append(ONNXAttribute("noop_with_empty_axes", .int(1)))
    } else if opset < Self.firstSetWithInput(function) {
      form.attributes.append(ONNXAttribute("axes", .ints(axes.map { Int64($0) })))
    } else {
      form.inputs.append(.constant(ReferenceTensor(axes)))
    }
    return form
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    return input.with(
      try dimensions.reduced(along: axes(rank: dimensions.count), keeps: keepsDimensions))
  }

  func axes(rank: Int) throws(RepVGGError) -> [Int] {
    try normalized(axes ?? Array(0..<rank), rank: rank)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let input = try inputs.required(0, self)
    let shape = try resultShape(of: inputs)
    let layout = AxisLayout(input.shape, axes: try axes(rank: input.shape.count))
    switch input.elements {
    case .real(let values):
      return ReferenceTensor(
        shape: shape,
        layout.starts.map { start in
          reduced(layout.offsets.lazy.map { values[Int(start + $0)] }, layout.offsets.count)
        }, elementType: input.elementType)
    case .integer(let values):
      var result: [Int64] = []
      for start in layout.starts {
        result.append(try reduced(layout.offsets.lazy.map { values[Int(start + $0)] }))
      }
      return ReferenceTensor(shape: shape, integers: result, elementType: input.elementType)
        .wrapped()
    }
  }

  private func reduced(_ values: some Sequence<Double>, _ count: Int) -> Double {
    switch function {
    case .sum: return values.reduce(0, +)
    case .mean: return values.reduce(0, +) / Double(count)
    case .maximum: return values.reduce(-.infinity, BinaryOperation.maximum)
    case .minimum: return values.reduce(.infinity, BinaryOperation.minimum)
    case .product: return values.reduce(1, *)
    case .absoluteSum: return values.reduce(0) { $0 + abs($1) }
    case .sumOfSquares: return values.reduce(0) { $0 + $1 * $1 }
    case .norm: return values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    case .logarithmOfSum: return log(values.reduce(0, +))
    case .logarithmOfExponentials:
      // Less the largest one, so that nothing overflows.
      let largest = values.reduce(-.infinity, BinaryOperation.maximum)
      guard largest.isFinite else { return largest }
      return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
    }
  }

  private func reduced(_ values: some Collection<Int64>) throws(RepVGGError) -> Int64 {
    switch function {
    case .sum: return values.reduce(0, &+)
    case .mean:
      guard !values.isEmpty else { throw invalid("it is the mean of no integers") }
      return values.reduce(0, &+) / Int64(values.count)
    case .maximum, .minimum:
      guard let result = function == .maximum ? values.max() : values.min() else {
        throw invalid("it is the limit of no integers")
      }
      return result
    case .product: return values.reduce(1, &*)
    case .absoluteSum: return values.reduce(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) }
    case .sumOfSquares: return values.reduce(0) { $0 &+ $1 &* $1 }
    case .norm, .logarithmOfSum, .logarithmOfExponentials:
      return CastOperation.integer(reduced(values.lazy.map { Double($0) }, values.count))
    }
  }
}

extension [Dimension] {
  /// The dimensions after a reduction along axes.
  func reduced(along axes: [Int], keeps: Bool) -> [Dimension] {
    if keeps { return indices.map { axes.contains($0) ? .fixed(1) : self[$0] } }
    return indices.filter { !axes.contains($0) }.map { self[$0] }
  }
}
