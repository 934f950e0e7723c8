extension PickleMachine {
  /// Longer text is data; it cannot be a name or a key.
  private static let textByteLimit = 1 << 16
  private static let lineByteLimit = TorchGlobal.nameByteLimit

  /// Consumes one little-endian integer.
  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type
  ) throws(RepVGGError) -> Integer {
    guard end - position >= MemoryLayout<Integer>.size else { throw cutShort }
    let value = try window.integer(type, at: position)
    position += MemoryLayout<Integer>.size
    return value
  }

  /// Consumes a length and, by default, as many bytes; returns their range.
  mutating func byteRange<Length: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    countedBy type: Length.Type, consuming: Bool = true
  ) throws(RepVGGError) -> Range<Int> {
    guard let count = Int(exactly: try integer(type)), count <= end - position else {
      throw cutShort
    }
    let range = position..<position + count
    if consuming { position = range.upperBound }
    return range
  }

  /// A signed little-endian integer of any size.
  func long(_ range: Range<Int>) throws(RepVGGError) -> PickleValue {
    guard range.count <= MemoryLayout<Int>.size else { return .data }
    let bytes = try window.bytes(range)
    var value = bytes.last.map { $0 & 0x80 != 0 } == true ? -1 : 0
    for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    return .integer(value)
  }

  /// Text, in which everything that is not UTF-8 is replaced.
  mutating func text(_ range: Range<Int>) throws(RepVGGError) -> PickleValue {
    guard range.count <= Self.textByteLimit else { return .data }
    let bytes = try window.bytes(range)
    let text = String(decoding: bytes, as: UTF8.self)
    return text.isStreamSafe ? .text(heap.index(ofText: text)) : .data
  }

  /// Consumes text up to a line feed and returns its index.
  mutating func line() throws(RepVGGError) -> Int {
    var bytes: [UInt8] = []
    while bytes.count < Self.lineByteLimit {
      let byte = try integer(UInt8.self)
      if byte == UInt8(ascii: "\n") {
        return heap.index(ofText: String(decoding: bytes, as: UTF8.self))
      }
      bytes.append(byte)
    }
    throw malformed("a name without an end")
  }

  private var cutShort: RepVGGError {
    RepVGGError(.badData, "its pickle is cut short at byte \(position)")
  }
}
