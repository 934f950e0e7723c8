import Glibc

/// Exponentials along an axis divided by their sum, or the logarithm of that, or one for the
/// largest element and zeros.
package struct SoftmaxOperation: TensorOperation {
  package enum Function: String, Sendable {
    case softmax = "Softmax", logarithm = "LogSoftmax", hardmax = "Hardmax"
  }

  package static let operatorTypes = ["Softmax", "LogSoftmax", "Hardmax"]

  package var function: Function
  package var axis: Int
  /// Whether all dimensions from the axis on are one, as before operator set 13.
  package var flattens: Bool

  package init(_ function: Function = .softmax, axis: Int = -1, flattens: Bool = false) {
    self.function = function
    self.axis = axis
    // There is only one dimension from the last one on.
    self.flattens = flattens && axis != -1
  }

  package var operatorType: String { function.rawValue }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let function = Function(rawValue: node.node.type) else {
      throw node.unsupported("this function")
    }
    let isOld = node.opset < 13
    return node.reading(
      SoftmaxOperation(function, axis: try node.int("axis") ?? (isOld ? 1 : -1), flattens: isOld),
      1)
  }

  package func specialized(for inputs: [TensorFacts?]) -> any TensorOperation {
    let input: TensorFacts? = inputs.optional(0)
    guard flattens, let dimensions = input?.dimensions,
      let first = try? normalized(axis, rank: dimensions.count)
    else { return self }
    // Dimensions of one element after the axis, or before the last, change nothing.
    let larger = dimensions.indices[first...].filter { dimensions[$0] != .fixed(1) }
    guard larger.count <= 1 else { return self }
    return SoftmaxOperation(function, axis: larger.first ?? first)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    guard !flattens else {
      throw RepVGGError(
        .unsupported,
        "\(operatorType) over all dimensions from \(axis) on is not in operator sets from 13")
    }
    return ONNXForm(
      function.rawValue, attributes: [ONNXAttribute("axis", .int(Int64(axis)))],
      inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    if let rank = input.rank { _ = try axes(rank: rank) }
    return input.with(input.dimensions)
  }

  func axes(rank: Int) throws(RepVGGError) -> [Int] {
    if flattens, axis == rank { return [] }
    let first = try normalized(axis, rank: rank)
    return flattens ? Array(first..<rank) : [first]
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var result = try inputs.required(0, self)
    var values = try inputs.reals(0, self)
    let layout = AxisLayout(result.shape, axes: try axes(rank: result.shape.count))
    for start in layout.starts {
      let places = layout.offsets.lazy.map { Int(start + $0) }
      let largest = places.reduce(-.infinity) { BinaryOperation.maximum($0, values[$1]) }
      if function == .hardmax {
        var isFound = false
        for place in places {
          let isFirst = !isFound && values[place] == largest
          values[place] = isFirst ? 1 : 0
          isFound = isFound || isFirst
        }
        continue
      }
      let sum = places.reduce(0) { $0 + exp(values[$1] - largest) }
      for place in places {
        let difference = values[place] - largest
        values[place] = function == .softmax ? exp(difference) / sum : difference - log(sum)
      }
    }
    result.elements = .real(values)
    return result
  }
}
