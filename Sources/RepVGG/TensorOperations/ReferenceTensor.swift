/// A tensor in memory for the oracle and for constant folding: real numbers as Float64 whatever
/// their type is, integers and booleans as Int64.
package struct ReferenceTensor: Sendable, Hashable {
  /// The size of every dimension, outermost first; empty for a scalar.
  package var shape: [Int]
  /// The type that the network gives it; real elements are not rounded to it.
  package var elementType: ElementType
  package var elements: Elements

  /// Row-major.
  package enum Elements: Sendable, Hashable {
    case real([Double])
    /// Booleans are 0 and 1.
    case integer([Int64])
  }

  /// A tensor of real numbers.
  package init(shape: [Int], _ values: [Double], elementType: ElementType = .float32) {
    self.shape = shape
    self.elementType = elementType
    elements = .real(values)
  }

  /// A tensor of integers or booleans.
  package init(shape: [Int], integers: [Int64], elementType: ElementType = .int64) {
    self.shape = shape
    self.elementType = elementType
    elements = .integer(integers)
  }

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// The elements, if they are integers or booleans.
  package var integers: [Int64]? {
    if case .integer(let values) = elements { values } else { nil }
  }

  /// The elements, if they are real.
  package var reals: [Double]? {
    if case .real(let values) = elements { values } else { nil }
  }
}
