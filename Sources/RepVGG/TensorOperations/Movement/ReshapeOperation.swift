/// The elements in another shape: the second input, in which -1 is what remains and 0 the size that
/// the first input has there.
package struct ReshapeOperation: SameOrderOperation {
  package static let operatorTypes = ["Reshape"]

  /// Whether 0 is a size of 0.
  package var allowsZero: Bool

  package init(allowsZero: Bool = false) { self.allowsZero = allowsZero }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(ReshapeOperation(allowsZero: try node.bool("allowzero")), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if allowsZero, opset < 14 { throw notIn(opset: opset, since: 14) }
    return ONNXForm(
      "Reshape", attributes: allowsZero ? [ONNXAttribute("allowzero", .int(1))] : [],
      inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    let target = try inputs.required(1, self)
    guard target.rank == 1 || target.rank == nil else { throw invalid("its shape is not a list") }
    guard let requested = target.elements else {
      let rank = target.shape?.first.flatMap { $0 >= 0 && $0 <= 64 ? $0 : nil }
      return data.with(rank.map { [Dimension](repeating: .unknown, count: $0) })
    }
    return data.with(try dimensions(requested, of: data.dimensions))
  }

  private func dimensions(
    _ requested: [Dimension], of data: [Dimension]?
  ) throws(RepVGGError) -> [Dimension] {
    var result: [Dimension] = []
    var remaining: Int?
    for (axis, size) in requested.enumerated() {
      switch size {
      case .fixed(-1):
        guard remaining == nil else { throw invalid("its shape \(requested) has -1 twice") }
        remaining = axis
        result.append(.unknown)
      case .fixed(0) where !allowsZero:
        guard data == nil || axis < data?.count ?? 0 else {
          throw invalid("its shape has 0 at \(axis), where its input has no dimension")
        }
        result.append(data?[axis] ?? .unknown)
      case .fixed(let size) where size < 0: throw invalid("its shape has the size \(size)")
      default: result.append(size)
      }
    }
    guard let data else { return result }
    // Without -1, a size that is not known is what remains of the others.
    let unknown = result.indices.filter { result[$0] == .unknown }
    guard let remaining = remaining ?? (unknown.count == 1 ? unknown.first : nil) else {
      return try checked(result, data)
    }
    var rest = result
    rest.remove(at: remaining)
    result[remaining] = try quotient(data, rest)
    return result
  }

  /// The size that is missing: equal sizes cancel.
  private func quotient(
    _ data: [Dimension], _ rest: [Dimension]
  ) throws(RepVGGError) -> Dimension {
    var data = data
    var rest = rest
    if data.sizes == nil || rest.sizes == nil {
      for size in rest where size != .unknown && size != .fixed(0) {
        guard let same = data.firstIndex(of: size), let own = rest.firstIndex(of: size) else {
          continue
        }
        data.remove(at: same)
        rest.remove(at: own)
      }
    }
    let total = Dimension.product(data)
    let part = Dimension.product(rest)
    if case .fixed(let all) = total, case .fixed(let known) = part {
      // Any size fits an empty tensor.
      if all == 0, known == 0 { return .unknown }
      guard known > 0, all % known == 0 else {
        throw invalid("\(all) elements are no multiple of \(known)")
      }
      return .fixed(all / known)
    }
    return part == .fixed(1) ? total : .unknown
  }

  private func checked(
    _ result: [Dimension], _ data: [Dimension]
  ) throws(RepVGGError) -> [Dimension] {
    guard case .fixed(let before) = Dimension.product(data),
      case .fixed(let after) = Dimension.product(result)
    else { return result }
    guard before == after else {
      throw invalid("\(before) elements do not have a shape of \(after)")
    }
    return result
  }
}
