/// Reads the wire format of Protocol Buffers: fields of a number and a value, in any order.
///
/// Nothing but the structure is read: the bytes of a field stay in the file until they are needed,
/// whatever length they claim. Every length is checked against the message that contains it.
struct ONNXWireReader {
  private var window: FileWindow
  var file: InputFile { window.file }

  init(_ file: InputFile) { window = FileWindow(file) }

  /// The next field of a message; nil at its end.
  ///
  /// - Throws: `badData` for a field that leaves its message or is of no known wire type.
  mutating func field(of message: inout ONNXMessage) throws(RepVGGError) -> ONNXField? {
    guard message.position < message.end else { return nil }
    let key = try key(of: &message)
    return ONNXField(number: key.number, value: try value(ofType: key.wireType, in: &message))
  }

  /// The number and wire type of the next field, which its value follows.
  mutating func key(
    of message: inout ONNXMessage
  ) throws(RepVGGError) -> (number: Int, wireType: Int) {
    let key = try varint(of: &message)
    let number = key >> 3
    // Field numbers have 29 bits.
    guard number > 0, number < 1 << 29 else {
      throw malformed("there is no field number \(number)", before: message.position)
    }
    return (Int(number), Int(key & 7))
  }

  /// The value that follows a key.
  mutating func value(
    ofType wireType: Int, in message: inout ONNXMessage
  ) throws(RepVGGError) -> ONNXField.Value {
    switch wireType {
    case 0: return .varint(try varint(of: &message))
    case 1: return .fixed64(try fixed(UInt64.self, of: &message))
    case 5: return .fixed32(try fixed(UInt32.self, of: &message))
    case 2:
      let length = try varint(of: &message)
      let start = message.position
      guard length <= UInt64(message.end - start) else {
        throw leaving(message, byteCount: length)
      }
      message.position += Int(length)
      return .bytes(start..<message.position)
    default:
      let reason = wireType == 3 || wireType == 4 ? "groups are" : "wire type \(wireType) is"
      throw malformed("\(reason) not part of the format", before: message.position)
    }
  }

  /// An integer of 7 bits per byte, least significant first.
  mutating func varint(of message: inout ONNXMessage) throws(RepVGGError) -> UInt64 {
    var result: UInt64 = 0
    for index in 0..<10 {
      let byte = try fixed(UInt8.self, of: &message)
      // The tenth byte has the last of 64 bits.
      guard index < 9 || byte <= 1 else { break }
      result |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte < 0x80 { return result }
    }
    throw malformed("an integer has more than 64 bits", before: message.position)
  }

  /// A little-endian integer of fixed size.
  mutating func fixed<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type, of message: inout ONNXMessage
  ) throws(RepVGGError) -> Integer {
    let size = MemoryLayout<Integer>.size
    guard size <= message.end - message.position else {
      throw leaving(message, byteCount: UInt64(size))
    }
    let value = try window.integer(Integer.self, at: message.position)
    message.position += size
    return value
  }

  /// A copy of the bytes of a field.
  func bytes(_ range: Range<Int>) throws(RepVGGError) -> [UInt8] { try window.bytes(range) }

  private func malformed(_ reason: String, before position: Int) -> RepVGGError {
    RepVGGError(.badData, "is not valid Protocol Buffers: \(reason), before byte \(position)")
  }

  private func leaving(_ message: ONNXMessage, byteCount: UInt64) -> RepVGGError {
    guard message.end == file.byteCount else {
      return malformed(
        "\(byteCount) bytes leave their message, which ends at byte \(message.end)",
        before: message.position)
    }
    let (needed, overflow) = UInt64(message.position).addingReportingOverflow(byteCount)
    return RepVGGError(
      .badData,
      "is cut short at \(file.byteCount) of \(overflow ? .max : needed) bytes or is damaged; copy or"
        + " download it again")
  }
}

/// The part of a message that has not been read.
struct ONNXMessage {
  var position: Int
  let end: Int

  init(_ range: Range<Int>) {
    position = range.lowerBound
    end = range.upperBound
  }
}

/// A field of a message.
struct ONNXField {
  enum Value {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    /// Where the bytes of a string, a message or packed numbers are in the file.
    case bytes(Range<Int>)
  }

  let number: Int
  let value: Value

  /// The value as a signed integer, of which smaller types are a part.
  var integer: Int64 {
    get throws(RepVGGError) {
      guard case .varint(let value) = value else { throw unexpected("an integer") }
      return Int64(bitPattern: value)
    }
  }

  /// The value as a Float32.
  var float: Float {
    get throws(RepVGGError) {
      guard case .fixed32(let value) = value else { throw unexpected("a Float32") }
      return Float(bitPattern: value)
    }
  }

  /// The bytes of a string or message.
  var bytes: Range<Int> {
    get throws(RepVGGError) {
      guard case .bytes(let range) = value else { throw unexpected("bytes") }
      return range
    }
  }

  func unexpected(_ expected: String) -> RepVGGError {
    RepVGGError(.badData, "field \(number) is not \(expected), as ONNX defines it")
  }
}
