/// How the numbers of a repeated field are stored.
enum ONNXNumberFormat: Sendable {
  case varint, fixed32, fixed64

  /// Bytes of one number; nil if they vary.
  var byteCount: Int? {
    switch self {
    case .varint: nil
    case .fixed32: 4
    case .fixed64: 8
    }
  }
}

extension ONNXWireReader {
  /// Reads the numbers of one occurrence of a repeated field: several that are packed, or one.
  mutating func numbers(
    of field: ONNXField, _ format: ONNXNumberFormat,
    _ body: (UInt64) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    switch (field.value, format) {
    case (.varint(let value), .varint): try body(value)
    case (.fixed32(let value), .fixed32): try body(UInt64(value))
    case (.fixed64(let value), .fixed64): try body(value)
    case (.bytes(let range), _):
      var packed = ONNXMessage(range)
      while packed.position < packed.end {
        switch format {
        case .varint: try body(varint(of: &packed))
        case .fixed32: try body(UInt64(fixed(UInt32.self, of: &packed)))
        case .fixed64: try body(fixed(UInt64.self, of: &packed))
        }
      }
    default: throw field.unexpected("a list of numbers")
    }
  }

  /// The number of numbers in one occurrence of a repeated field.
  ///
  /// Those of fixed size are not read.
  mutating func count(
    of field: ONNXField, _ format: ONNXNumberFormat
  ) throws(RepVGGError) -> Int {
    guard case .bytes(let range) = field.value, let size = format.byteCount else {
      var count = 0
      try numbers(of: field, format) { _ in count += 1 }
      return count
    }
    guard range.count.isMultiple(of: size) else {
      throw field.unexpected("a list of numbers of \(size) bytes")
    }
    return range.count / size
  }
}
