/// What is known of a tensor before the inputs of the network are.
package struct TensorFacts: Sendable, Hashable {
  package var elementType: ElementType
  /// Nil where not even the rank is known.
  package var dimensions: [Dimension]?
  /// The elements of a small tensor of integers, or of reals that are integers, such as a shape
  /// that is computed; nil for all others.
  package var elements: [Dimension]?

  package init(elementType: ElementType, dimensions: [Dimension]?, elements: [Dimension]? = nil) {
    self.elementType = elementType
    self.dimensions = dimensions
    self.elements = elements
  }

  /// What is known of a constant.
  package init(_ tensor: ReferenceTensor) {
    self.init(elementType: tensor.elementType, dimensions: tensor.shape.map { .fixed($0) })
    switch tensor.elements {
    case .integer(let values) where values.count <= Self.elementLimit:
      elements = values.map { .fixed(Int($0)) }
    case .real(let values) where values.count <= Self.elementLimit:
      let whole = values.compactMap { Int(exactly: $0) }
      if whole.count == values.count { elements = whole.map { .fixed($0) } }
    default: break
    }
  }

  /// The most elements that are followed.
  package static let elementLimit = 64

  /// The shape, if every dimension is known.
  package var shape: [Int]? { dimensions?.sizes }

  /// The elements, if each is a known number.
  package var knownElements: [Int]? { elements?.sizes }

  /// The rank, if it is known.
  package var rank: Int? { dimensions?.count }

  /// The tensor, if the shape and all elements are known.
  package var tensor: ReferenceTensor? {
    guard let shape, let values = knownElements, elementType != .unsupported,
      ReferenceTensor.elementCount(of: shape) == values.count
    else { return nil }
    return elementType.isReal
      ? ReferenceTensor(shape: shape, values.map { Double($0) }, elementType: elementType)
      : ReferenceTensor(
        shape: shape, integers: values.map { Int64($0) }, elementType: elementType)
  }

  /// The same type with other dimensions, and no elements.
  func with(_ dimensions: [Dimension]?) -> TensorFacts {
    TensorFacts(elementType: elementType, dimensions: dimensions)
  }
}

extension [Dimension] {
  /// The sizes, if all are known.
  package var sizes: [Int]? {
    let sizes = compactMap(\.size)
    return sizes.count == count ? sizes : nil
  }
}
