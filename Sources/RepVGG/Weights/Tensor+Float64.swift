extension Tensor {
  /// A tensor that owns elements of Float64, in row-major order.
  ///
  /// - Precondition: `doubles.count` is the product of `shape`.
  public init(shape: [Int], doubles: [Double]) {
    precondition(shape.reduce(1, *) == doubles.count, "element count does not fit the shape")
    self.init(shape: shape, source: ComputedTensorSource { () throws(RepVGGError) in doubles })
  }

  /// A tensor whose elements are computed from others at every use, in Float64.
  ///
  /// - Parameters:
  ///   - shape: The size of every dimension, outermost first.
  ///   - name: What errors call it.
  ///   - elements: Gives as many elements as the shape has, row-major; reads other tensors.
  /// - Returns: The tensor; its ``doubles()`` are exactly those, its ``floats()`` rounded once.
  public static func computed(
    shape: [Int], name: String = "",
    _ elements: @escaping @Sendable () throws(RepVGGError) -> [Double]
  ) -> Tensor {
    Tensor(shape: shape, source: ComputedTensorSource(elements: elements), name: name)
  }
}

/// Elements that a function gives in Float64.
private struct ComputedTensorSource: TensorSource {
  let elements: @Sendable () throws(RepVGGError) -> [Double]
  var elementType: ElementType { .float64 }

  func doubles(count: Int) throws(RepVGGError) -> [Double] {
    let values = try elements()
    guard values.count == count else {
      throw RepVGGError(
        .internalInconsistency, "\(values.count) elements were computed for a shape of \(count)")
    }
    return values
  }

  func floats(count: Int) throws(RepVGGError) -> [Float] {
    try doubles(count: count).map { Float($0) }
  }
}
