/// Elements that a tensor's message holds as lists of numbers, not as bytes; they stay in the file.
///
/// Numbers of variable length have no position that could be computed, so every reading decodes all.
struct ONNXTypedData: TensorSource {
  let file: InputFile
  /// Where the tensor's message is.
  let message: Range<Int>
  let list: ONNXNumberList
  let elementType: ElementType
  /// At least 1.
  let count: Int

  func floats(count: Int) throws(RepVGGError) -> [Float] {
    try decoded().floats(count: count)
  }

  func doubles(count: Int) throws(RepVGGError) -> [Double] {
    try decoded().doubles(count: count)
  }

  func integers(count: Int) throws(RepVGGError) -> [Int64] {
    try decoded().integers(count: count)
  }

  func stored() throws(RepVGGError) -> StoredTensorSource? { try decoded() }

  /// The elements as bytes in memory.
  private func decoded() throws(RepVGGError) -> StoredTensorSource {
    let size = elementType.byteCount
    let bytes = try InputFile(byteCount: count * size, path: file.path) {
      target throws(RepVGGError) in
      var reader = ONNXWireReader(file)
      var message = ONNXMessage(message)
      var offset = 0
      while let field = try reader.field(of: &message) {
        guard field.number == list.field else { continue }
        try reader.numbers(of: field, list.format) { number throws(RepVGGError) in
          guard let pattern = elementType.pattern(ofONNX: number) else {
            throw RepVGGError(
              .badData, "\(Int64(bitPattern: number)) is not a value of \(elementType)",
              file: file.path)
          }
          // The list was counted when the file was opened.
          guard offset <= target.count - size else { throw FileStamp.changed(file.path) }
          withUnsafeBytes(of: pattern.littleEndian) {
            target[offset..<offset + size].copyBytes(from: $0.prefix(size))
          }
          offset += size
        }
      }
      try file.checkUnchanged()
    }
    return try StoredTensorSource(
      file: bytes, storage: 0..<bytes.byteCount, elementType: elementType, shape: [count])
  }
}

/// The field of a tensor's message that holds the elements of a type.
struct ONNXNumberList: Equatable {
  let field: Int
  let format: ONNXNumberFormat

  private init(_ field: Int, _ format: ONNXNumberFormat) {
    self.field = field
    self.format = format
  }

  /// Nil for types that the library does not read.
  init?(of elementType: ElementType) {
    switch elementType {
    case .float32: self.init(ONNXFields.Tensor.floats, .fixed32)
    case .float64: self.init(ONNXFields.Tensor.doubles, .fixed64)
    case .int64: self.init(ONNXFields.Tensor.int64s, .varint)
    case .uint32, .uint64: self.init(ONNXFields.Tensor.uint64s, .varint)
    case .int8, .uint8, .int16, .uint16, .int32, .bool, .float16, .bfloat16, .float8E4M3,
      .float8E5M2:
      self.init(ONNXFields.Tensor.int32s, .varint)
    case .unsupported: return nil
    }
  }
}

extension ElementType {
  /// The stored bits of an element from a number of ``ONNXNumberList``; nil if it is out of range.
  fileprivate func pattern(ofONNX number: UInt64) -> UInt64? {
    let value = Int64(bitPattern: number)
    let fits: Bool =
      switch self {
      case .int8: Int8(exactly: value) != nil
      case .int16: Int16(exactly: value) != nil
      // As Protocol Buffers truncate it.
      case .int32, .int64, .uint64, .float32, .float64, .bool: true
      case .uint8: UInt8(exactly: value) != nil
      case .uint16: UInt16(exactly: value) != nil
      case .uint32: UInt32(exactly: number) != nil
      // Bit patterns, which some writers took for signed numbers.
      case .float16, .bfloat16: Int16(exactly: value) != nil || UInt16(exactly: value) != nil
      case .float8E4M3, .float8E5M2: Int8(exactly: value) != nil || UInt8(exactly: value) != nil
      case .unsupported: false
      }
    guard fits else { return nil }
    return self == .bool ? (number == 0 ? 0 : 1) : number
  }
}
