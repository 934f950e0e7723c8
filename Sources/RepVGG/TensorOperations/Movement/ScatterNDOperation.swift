/// A tensor in which slices are replaced, by tuples of indices.
package struct ScatterNDOperation: ScatteringOperation {
  package static let operatorTypes = ["ScatterND"]

  package var reduction: ScatterReduction

  package init(reduction: ScatterReduction = .replace) { self.reduction = reduction }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(
      ScatterNDOperation(
        reduction: try node.choice("reduction", default: ScatterReduction.replace)), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "ScatterND", attributes: try reduction.attributes(opset: opset, of: self),
      inputs: [.value(0), .value(1), .value(2)])
  }

  func targets(
    in shape: [Int], indices: ArrangementInput, updates: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let starts = try tuples(indices, of: shape)
    let slice = Array(shape.dropFirst(indices.shape.last ?? 0))
    guard updates == Array(indices.shape.dropLast()) + slice else {
      throw invalid("\(updates) updates do not fit indices of \(indices.shape)")
    }
    let length = slice.reduce(1, *)
    var targets: [Int32] = []
    targets.reserveCapacity(starts.count * length)
    for start in starts {
      for offset in 0..<length { targets.append(Int32(truncatingIfNeeded: start + offset)) }
    }
    return targets
  }
}
