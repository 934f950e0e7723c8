/// Elements of the second input where the first one is true, else of the third, all broadcast.
package struct WhereOperation: RearrangingOperation {
  package static let operatorTypes = ["Where"]

  package init() {}

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(WhereOperation(), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm("Where", inputs: [.value(0), .value(1), .value(2)])
  }

  package func dataInputs(_ count: Int) -> [Int] { [1, 2] }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let all = try [
      inputs.required(0, self), inputs.required(1, self), inputs.required(2, self),
    ]
    return try all[1].with(broadcast(all))
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let condition = try inputs.required(0, self)
    let yes = try inputs.required(1, self)
    let no = try inputs.required(2, self)
    guard condition.integers.count == condition.count else {
      throw invalid("its condition is not a boolean")
    }
    func places(_ input: ArrangementInput) -> [Int32] {
      StridedRows(
        shape, strides: [StridedRows.broadcastStrides(of: input.shape, to: shape)]
      ).sources()
    }
    let start = Int32(truncatingIfNeeded: yes.count)
    let choices = places(condition)
    let ours = places(yes)
    let others = places(no)
    return choices.indices.map {
      condition.integers[Int(choices[$0])] != 0 ? ours[$0] : start + others[$0]
    }
  }
}

extension TensorOperation {
  /// The dimensions that inputs are broadcast to, nil if a rank is not known.
  func broadcast(_ inputs: [TensorFacts]) throws(RepVGGError) -> [Dimension]? {
    let shapes = inputs.compactMap(\.dimensions)
    guard shapes.count == inputs.count else { return nil }
    guard let result = [Dimension].broadcast(shapes) else {
      throw invalid(
        "the shapes "
          + shapes.map { "\($0.map { $0.size.map { "\($0)" } ?? "?" })" }.joined(separator: ", ")
          + " cannot be broadcast")
    }
    return result
  }
}
