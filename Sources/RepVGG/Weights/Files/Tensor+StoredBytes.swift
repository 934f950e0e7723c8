extension Tensor {
  /// The elements as little-endian bytes of ``elementType``, row-major, valid during the call.
  ///
  /// Exact if the source holds that type.
  ///
  /// - Throws: `invalidArgument` if the source yields another number of elements than the shape
  ///   has, or a value that its element type cannot represent; what reading and `body` throw.
  package func withStoredBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    if let stored = try source.stored() { return try stored.withRowMajorBytes(body) }
    switch elementType {
    case .float32: return try checked(floats()).withBytes(body)
    case .float64: return try checked(doubles()).withBytes(body)
    case .float16: return try checked(floats()).map { Float16($0).bitPattern }.withBytes(body)
    case .bfloat16: return try checked(floats()).map(\.bfloat16Bits).withBytes(body)
    case .int8: return try integers(Int8.self).withBytes(body)
    case .uint8: return try integers(UInt8.self).withBytes(body)
    case .int16: return try integers(Int16.self).withBytes(body)
    case .int32: return try integers(Int32.self).withBytes(body)
    case .int64: return try integers(Int64.self).withBytes(body)
    case .uint16: return try integers(UInt16.self).withBytes(body)
    case .uint32: return try integers(UInt32.self).withBytes(body)
    case .uint64: return try integers(UInt64.self).withBytes(body)
    case .float8E4M3, .float8E5M2, .unsupported:
      throw RepVGGError(.invalidArgument, "\(elementType) is not written")
    case .bool:
      return try checked(doubles()).map { $0 == 0 ? UInt8(0) : 1 }.withBytes(body)
    }
  }

  private func integers<Integer: FixedWidthInteger>(
    _ type: Integer.Type
  ) throws(RepVGGError) -> [Integer] {
    var integers: [Integer] = []
    integers.reserveCapacity(count)
    for value in try checked(self.integers()) {
      guard let integer = Integer(exactly: value) else {
        throw RepVGGError(.invalidArgument, "\(value) is not a value of \(elementType)")
      }
      integers.append(integer)
    }
    return integers
  }

  private func checked<Element>(_ elements: [Element]) throws(RepVGGError) -> [Element] {
    guard elements.count == count else {
      throw RepVGGError(
        .invalidArgument, "has \(elements.count) elements, its shape \(shape) says \(count)")
    }
    return elements
  }
}
