extension ReferenceTensor {
  /// The elements of a tensor: integers and booleans exactly, all others as Float64.
  ///
  /// - Throws: what reading throws, `unsupported` for unsigned integers beyond Int64,
  ///   `outOfMemory` beyond ``elementLimit``.
  package init(_ tensor: Tensor) throws(RepVGGError) {
    guard Self.elementCount(of: tensor.shape) != nil else {
      throw RepVGGError(
        .outOfMemory, "has more than \(Self.elementLimit) elements", tensor: tensor.name)
    }
    if tensor.elementType.isReal {
      self.init(shape: tensor.shape, try tensor.doubles(), elementType: tensor.elementType)
    } else {
      self.init(
        shape: tensor.shape, integers: try tensor.integers(), elementType: tensor.elementType)
    }
  }
}

extension Tensor {
  /// A tensor of the elements, in memory.
  ///
  /// ``doubles()`` returns real elements as they are; ``floats()`` and writing them round once.
  package init(_ reference: ReferenceTensor, name: String = "") {
    self.init(
      shape: reference.shape, source: ReferenceTensorSource(tensor: reference), name: name)
  }
}

extension ElementType {
  /// Whether elements are real numbers and not integers or booleans.
  package var isReal: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64, .float8E4M3, .float8E5M2, .unsupported: true
    case .int8, .uint8, .int16, .int32, .int64, .uint16, .uint32, .uint64, .bool: false
    }
  }
}

/// Elements in memory as Float64 or Int64.
private struct ReferenceTensorSource: TensorSource {
  let tensor: ReferenceTensor
  var elementType: ElementType { tensor.elementType }

  func floats(count: Int) -> [Float] {
    switch tensor.elements {
    case .real(let values): values.map { Float($0) }
    case .integer(let values): values.map { Float($0) }
    }
  }

  func doubles(count: Int) -> [Double] {
    switch tensor.elements {
    case .real(let values): values
    case .integer(let values): values.map { Double($0) }
    }
  }

  func integers(count: Int) throws(RepVGGError) -> [Int64] {
    guard let integers = tensor.integers else {
      throw RepVGGError(.unsupported, "elements of \(elementType) are not integers")
    }
    return integers
  }
}
