/// An operation whose result consists of elements of its inputs, in an order that does not depend on
/// their values.
package protocol RearrangingOperation: TensorOperation {
  /// The inputs whose elements are in the result; the other inputs say in which order.
  func dataInputs(_ count: Int) -> [Int]

  /// For each element of the result where it comes from: an index into the elements of all data
  /// inputs in turn, negative for zero.
  func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32]
}

/// An input as far as the order of elements depends on it.
package struct ArrangementInput {
  var shape: [Int]
  /// The elements of an input that is not among the data; empty if those are not integers.
  var integers: [Int64] = []

  var count: Int { shape.reduce(1, *) }
}

extension RearrangingOperation {
  package func dataInputs(_ count: Int) -> [Int] { [0] }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    try rearranged(inputs, shape: resultShape(of: inputs))
  }

  func rearranged(
    _ inputs: [ReferenceTensor?], shape: [Int]
  ) throws(RepVGGError) -> ReferenceTensor {
    let sources = try sources(
      of: inputs.map { $0.map { ArrangementInput(shape: $0.shape, integers: $0.integers ?? []) } },
      shape: shape)
    var data: [ReferenceTensor] = []
    for index in dataInputs(inputs.count) {
      if let input: ReferenceTensor = inputs.optional(index) { data.append(input) }
    }
    guard let first = data.first else { throw invalid("its input is missing") }
    let elementType = first.elementType
    switch first.elements {
    case .real(let values):
      var all = values
      for index in data.indices.dropFirst() {
        guard let more = data[index].reals else { throw invalid("its inputs differ in type") }
        all += more
      }
      return ReferenceTensor(shape: shape, picked(all, sources, 0), elementType: elementType)
    case .integer(let values):
      var all = values
      for index in data.indices.dropFirst() {
        guard let more = data[index].integers else { throw invalid("its inputs differ in type") }
        all += more
      }
      return ReferenceTensor(
        shape: shape, integers: picked(all, sources, 0), elementType: elementType)
    }
  }

  private func picked<Element>(
    _ elements: [Element], _ sources: [Int32], _ zero: Element
  ) -> [Element] {
    sources.map { $0 < 0 ? zero : elements[Int($0)] }
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    let data = dataInputs(inputs.count)
    var all: [Dimension] = []
    var arrangement: [ArrangementInput?] = []
    for (index, input) in inputs.enumerated() {
      guard let input else {
        arrangement.append(nil)
        continue
      }
      guard let shape = input.shape, let elements = input.elements,
        ReferenceTensor.elementCount(of: shape) == elements.count
      else { return nil }
      if data.contains(index) {
        arrangement.append(ArrangementInput(shape: shape))
      } else {
        guard let known = input.knownElements else { return nil }
        arrangement.append(ArrangementInput(shape: shape, integers: known.map { Int64($0) }))
      }
    }
    for index in data {
      if let input: TensorFacts = inputs.optional(index) { all += input.elements ?? [] }
    }
    guard let sources = try? sources(of: arrangement, shape: shape) else { return nil }
    return picked(all, sources, .fixed(0))
  }
}
