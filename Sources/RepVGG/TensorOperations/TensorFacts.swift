/// What is known of a tensor before the inputs of the network are.
package struct TensorFacts: Sendable, Hashable {
  package var elementType: ElementType
  /// Nil where not even the rank is known.
  package var dimensions: [Dimension]?
  /// The elements of a small integer tensor, such as a shape that is computed; nil for all others.
  package var elements: [Dimension]?

  package init(elementType: ElementType, dimensions: [Dimension]?, elements: [Dimension]? = nil) {
    self.elementType = elementType
    self.dimensions = dimensions
    self.elements = elements
  }

  /// What is known of a constant.
  package init(_ tensor: ReferenceTensor) {
    self.init(
      elementType: tensor.elementType, dimensions: tensor.shape.map { .fixed($0) },
      elements: tensor.integers.flatMap { values in
        values.count <= Self.elementLimit ? values.map { .fixed(Int($0)) } : nil
      })
  }

  /// The most elements that are followed.
  package static let elementLimit = 64

  /// The shape, if every dimension is known.
  package var shape: [Int]? {
    guard let dimensions else { return nil }
    let sizes = dimensions.compactMap(\.size)
    return sizes.count == dimensions.count ? sizes : nil
  }
}
