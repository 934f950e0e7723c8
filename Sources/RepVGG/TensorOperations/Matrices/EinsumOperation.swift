/// A sum of products of elements by Einstein's convention.
package struct EinsumOperation: TensorOperation {
  package static let operatorTypes = ["Einsum"]

  package let text: String
  private let equation: EinsumEquation

  /// Nil for text that is not an equation.
  package init?(_ text: String) {
    guard let equation = EinsumEquation(text) else { return nil }
    self.text = text
    self.equation = equation
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let text = try node.string("equation"), text.utf8.count <= 1024,
      let operation = EinsumOperation(text)
    else { throw node.invalid("its equation is missing or is none") }
    let count = node.node.inputs.count
    guard operation.equation.operands.count == count else {
      throw node.invalid("the equation \(text) has not \(count) operands")
    }
    return node.reading(operation, count)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "Einsum", attributes: [ONNXAttribute("equation", .string(text))],
      inputs: equation.operands.indices.map { .value($0) })
  }

  private struct Labels {
    var operands: [[EinsumEquation.Label]]
    var result: [EinsumEquation.Label]
  }

  private func labels(ranks: [Int]) throws(RepVGGError) -> Labels {
    guard ranks.count == equation.operands.count else {
      throw invalid("\(text) has not \(ranks.count) operands")
    }
    var operands: [[EinsumEquation.Label]] = []
    for (term, rank) in zip(equation.operands, ranks) {
      guard rank <= StoredTensorSource.rankLimit, let labels = term.labels(rank: rank) else {
        throw invalid("\(text) does not fit an operand of \(rank) dimensions")
      }
      operands.append(labels)
    }
    guard let result = equation.resultLabels(operands) else {
      throw invalid("the result of \(text) has a label that no operand has")
    }
    return Labels(operands: operands, result: result)
  }

  private func sizes(
    _ labels: Labels, _ shapes: [[Dimension]]
  ) throws(RepVGGError) -> [EinsumEquation.Label: Dimension] {
    var sizes: [EinsumEquation.Label: Dimension] = [:]
    for (names, shape) in zip(labels.operands, shapes) {
      for (label, size) in zip(names, shape) {
        guard let old = sizes[label] else {
          sizes[label] = size
          continue
        }
        // Letters too, as in NumPy and in what exporters write.
        guard let both = Dimension.broadcast(old, size) else {
          throw invalid("\(text) does not fit the sizes of its operands")
        }
        sizes[label] = both
      }
    }
    return sizes
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let inputs = try inputs.allRequired(self)
    guard let first = inputs.first else { throw invalid("it has no operands") }
    let shapes = inputs.compactMap(\.dimensions)
    guard shapes.count == inputs.count else { return first.with(nil) }
    let labels = try labels(ranks: shapes.map(\.count))
    let sizes = try sizes(labels, shapes)
    return first.with(labels.result.map { sizes[$0] ?? .unknown })
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    let shape = try resultShape(of: inputs)
    let tensors = try inputs.allRequired(self)
    let labels = try labels(ranks: tensors.map(\.shape.count))
    let known = try sizes(labels, tensors.map { $0.shape.map { .fixed($0) } })
    let summed = Set(labels.operands.joined()).subtracting(labels.result)
    let order = labels.result + summed
    let sizes = order.map { known[$0]?.size ?? 0 }
    try checkWork(sizes)
    let type = tensors.first?.elementType ?? .float32
    guard !sizes.contains(0) else {
      return CastOperation.converted(
        try ConstantOfShapeOperation(ReferenceTensor(shape: [], [0])).evaluated(on: [
          ReferenceTensor(shape)
        ]), to: type)
    }
    // A label that a tensor has twice moves along both: a diagonal.
    var strides = [ReferenceTensor.strides(of: shape) + summed.map { _ in 0 }]
    for (names, tensor) in zip(labels.operands, tensors) {
      let own = ReferenceTensor.strides(of: tensor.shape)
      strides.append(
        order.map { label in
          names.indices.reduce(0) {
            $0 + (names[$1] == label && tensor.shape[$1] != 1 ? own[$1] : 0)
          }
        })
    }
    let rows = StridedRows(sizes, strides: strides)
    let reals = tensors.compactMap(\.reals)
    let integers = tensors.compactMap(\.integers)
    if reals.count == tensors.count {
      return ReferenceTensor(
        shape: shape, sums(rows, reals, count: shape.reduce(1, *), 0, 1, +, *), elementType: type)
    }
    guard integers.count == tensors.count else { throw invalid("its operands differ in type") }
    return ReferenceTensor(
      shape: shape, integers: sums(rows, integers, count: shape.reduce(1, *), 0, 1, &+, &*),
      elementType: type
    ).wrapped()
  }

  private func sums<Element>(
    _ rows: StridedRows, _ operands: [[Element]], count: Int, _ zero: Element, _ one: Element,
    _ plus: (Element, Element) -> Element, _ times: (Element, Element) -> Element
  ) -> [Element] {
    var result = [Element](repeating: zero, count: count)
    rows.forEach { _, starts in
      var places = starts
      for _ in 0..<rows.rowLength {
        var product = one
        for index in operands.indices {
          product = times(product, operands[index][places[index + 1]])
        }
        result[places[0]] = plus(result[places[0]], product)
        for index in places.indices { places[index] += rows.steps[index] }
      }
    }
    return result
  }
}
