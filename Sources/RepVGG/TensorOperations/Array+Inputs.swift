extension Array {
  /// An input, nil if it is absent.
  func optional<Value>(_ index: Int) -> Value? where Element == Value? {
    indices.contains(index) ? self[index] : nil
  }

  /// An input that has to be there.
  func required<Value>(
    _ index: Int, _ operation: some TensorOperation
  ) throws(RepVGGError) -> Value where Element == Value? {
    guard let value: Value = optional(index) else {
      throw operation.invalid("its input \(index) is missing")
    }
    return value
  }

  /// Inputs that all have to be there.
  func allRequired<Value>(
    _ operation: some TensorOperation
  ) throws(RepVGGError) -> [Value] where Element == Value? {
    var values: [Value] = []
    for index in indices { values.append(try required(index, operation)) }
    return values
  }
}

extension [ReferenceTensor?] {
  /// The elements of an input of real numbers.
  func reals(_ index: Int, _ operation: some TensorOperation) throws(RepVGGError) -> [Double] {
    guard let values = try required(index, operation).reals else {
      throw operation.invalid("its input \(index) is not of real numbers")
    }
    return values
  }

  /// The elements of an input of integers.
  func integers(_ index: Int, _ operation: some TensorOperation) throws(RepVGGError) -> [Int64] {
    guard let values = try required(index, operation).integers else {
      throw operation.invalid("its input \(index) is not of integers")
    }
    return values
  }
}

extension TensorOperation {
  /// An axis counted from the first dimension; negative ones count from the last.
  func normalized(_ axis: Int, rank: Int) throws(RepVGGError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw invalid("it has no axis \(axis) among \(rank) dimensions")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes counted from the first dimension, each once.
  func normalized(_ axes: [Int], rank: Int) throws(RepVGGError) -> [Int] {
    var result: [Int] = []
    for axis in axes { result.append(try normalized(axis, rank: rank)) }
    guard Set(result).count == result.count else { throw invalid("it names an axis twice") }
    return result
  }
}
