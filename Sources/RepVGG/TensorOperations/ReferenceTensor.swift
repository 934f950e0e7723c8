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

  /// A list of integers.
  init(_ integers: [Int]) {
    self.init(shape: [integers.count], integers: integers.map { Int64($0) })
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

  /// The most elements of a tensor: 1 GiB in Float64.
  package static let elementLimit = 1 << 27

  /// The number of elements of a shape, nil if a size is negative or there are more than
  /// ``elementLimit``, not counting empty dimensions: then no product of some sizes overflows.
  package static func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for size in shape where size != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size > 0, !overflow, product <= elementLimit else { return nil }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// The elements between consecutive indices of each dimension, row-major.
  static func strides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] &* max(1, shape[axis + 1])
    }
    return strides
  }

  /// The tensor with integers beyond its type wrapped.
  func wrapped() -> ReferenceTensor {
    guard case .integer(let values) = elements else { return self }
    return ReferenceTensor(
      shape: shape, integers: values.map { elementType.wrapped($0) }, elementType: elementType)
  }
}
