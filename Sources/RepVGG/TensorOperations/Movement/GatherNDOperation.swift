/// Slices by tuples of indices: the last dimension of the indices.
package struct GatherNDOperation: RearrangingOperation {
  package static let operatorTypes = ["GatherND"]

  /// How many dimensions the two inputs share at the front.
  package var batchRank: Int

  package init(batchRank: Int = 0) { self.batchRank = batchRank }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(GatherNDOperation(batchRank: try node.int("batch_dims") ?? 0), 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "GatherND", attributes: [ONNXAttribute("batch_dims", .int(Int64(batchRank)))],
      inputs: [.value(0), .value(1)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let data = try inputs.required(0, self)
    let indices = try inputs.required(1, self)
    guard let dimensions = data.dimensions, let places = indices.dimensions,
      let depth = places.last?.size
    else { return data.with(nil) }
    guard batchRank >= 0, batchRank < places.count, depth >= 0,
      depth <= dimensions.count - batchRank
    else { throw invalid("indices \(places) do not fit \(dimensions)") }
    return data.with(places.dropLast() + dimensions[(batchRank + depth)...])
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let data = try inputs.required(0, self)
    let indices = try inputs.required(1, self)
    guard indices.shape.starts(with: data.shape.prefix(batchRank)) else {
      throw invalid("indices \(indices.shape) do not fit \(data.shape)")
    }
    let batches = data.shape.prefix(batchRank).reduce(1, *)
    let inner = Array(data.shape.dropFirst(batchRank))
    let starts = try tuples(indices, of: inner)
    let depth = indices.shape.last ?? 0
    let length = inner.dropFirst(depth).reduce(1, *)
    let size = inner.reduce(1, *)
    var sources: [Int32] = []
    guard batches > 0 else { return [] }
    let perBatch = max(1, starts.count / batches)
    for (index, start) in starts.enumerated() {
      let first = index / perBatch * size + start
      for offset in 0..<length { sources.append(Int32(truncatingIfNeeded: first + offset)) }
    }
    return sources
  }
}

extension TensorOperation {
  /// For each tuple of indices where its slice starts.
  func tuples(_ indices: ArrangementInput, of shape: [Int]) throws(RepVGGError) -> [Int] {
    let depth = indices.shape.last ?? 0
    guard indices.integers.count == indices.count, depth <= shape.count, !indices.shape.isEmpty
    else { throw invalid("indices \(indices.shape) do not fit \(shape)") }
    let strides = ReferenceTensor.strides(of: shape)
    var starts: [Int] = []
    for tuple in 0..<indices.shape.dropLast().reduce(1, *) {
      var start = 0
      for axis in 0..<depth {
        let index = try checkedIndex(indices.integers[tuple * depth + axis], size: shape[axis])
        start += index * strides[axis]
      }
      starts.append(start)
    }
    return starts
  }
}
