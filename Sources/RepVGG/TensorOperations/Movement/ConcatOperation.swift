/// Tensors one after another along an axis.
package struct ConcatOperation: RearrangingOperation {
  package static let operatorTypes = ["Concat"]

  package var axis: Int
  package var inputCount: Int

  package init(axis: Int, inputCount: Int) {
    self.axis = axis
    self.inputCount = inputCount
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let count = node.node.inputs.count
    guard let axis = try node.int("axis") else { throw node.invalid("its axis is missing") }
    return node.reading(ConcatOperation(axis: axis, inputCount: count), count)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "Concat", attributes: [ONNXAttribute("axis", .int(Int64(axis)))],
      inputs: (0..<inputCount).map { .value($0) })
  }

  package func dataInputs(_ count: Int) -> [Int] { Array(0..<count) }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let inputs = try inputs.allRequired(self)
    guard let first = inputs.first else { throw invalid("it has no inputs") }
    let known = inputs.compactMap(\.dimensions)
    guard var result = known.first else { return first.with(nil) }
    let axis = try normalized(axis, rank: result.count)
    for dimensions in known.dropFirst() {
      guard dimensions.count == result.count else { throw invalid("its inputs differ in rank") }
      for other in dimensions.indices where other != axis {
        guard let same = Dimension.same(result[other], dimensions[other]) else {
          throw invalid("its inputs differ in the size of dimension \(other)")
        }
        result[other] = same
      }
      result[axis] = .plus(result[axis], dimensions[axis])
    }
    if known.count < inputs.count { result[axis] = .unknown }
    return first.with(result)
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let inputs = try inputs.allRequired(self)
    let axis = try normalized(axis, rank: shape.count)
    let outer = shape[..<axis].reduce(1, *)
    // For each input how many elements of it follow each other, and where its next ones are.
    var parts = inputs.map { (length: $0.shape[axis...].reduce(1, *), next: 0) }
    var start = 0
    for index in inputs.indices {
      parts[index].next = start
      start += inputs[index].count
    }
    var sources: [Int32] = []
    for _ in 0..<outer {
      for index in parts.indices {
        let first = parts[index].next
        for offset in 0..<parts[index].length {
          sources.append(Int32(truncatingIfNeeded: first + offset))
        }
        parts[index].next += parts[index].length
      }
    }
    return sources
  }
}
