/// A message in the wire format of Protocol Buffers, without the elements of its tensors.
///
/// A message begins with its length, so everything is measured before anything is written; elements
/// are read when their place in the file has come.
struct ONNXMessageBuilder {
  /// Elements that belong into the message.
  struct Payload {
    /// The number of bytes of the message's own before the elements.
    var position: Int
    let tensor: Tensor
  }

  private(set) var bytes: [UInt8] = []
  private(set) var payloads: [Payload] = []
  private var payloadByteCount = 0

  /// Bytes of the message with the elements.
  var byteCount: Int { bytes.count + payloadByteCount }

  mutating func integer(_ field: Int, _ value: Int64) {
    key(field, wireType: 0)
    varint(UInt64(bitPattern: value))
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, wireType: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func text(_ field: Int, _ text: String) {
    key(field, wireType: 2)
    varint(UInt64(text.utf8.count))
    bytes += text.utf8
  }

  /// A text that is not written if it is empty.
  mutating func text(_ field: Int, unlessEmpty text: String) {
    if !text.isEmpty { self.text(field, text) }
  }

  mutating func message(_ field: Int, _ message: ONNXMessageBuilder) {
    key(field, wireType: 2)
    varint(UInt64(message.byteCount))
    for payload in message.payloads {
      payloads.append(
        Payload(position: bytes.count + payload.position, tensor: payload.tensor))
    }
    bytes += message.bytes
    payloadByteCount += message.payloadByteCount
  }

  /// The elements of a tensor as they are stored.
  ///
  /// - Throws: `invalidArgument` if they are too many.
  mutating func elements(_ field: Int, of tensor: Tensor) throws(RepVGGError) {
    let byteCount = try tensor.storedByteCount
    let (sum, overflow) = payloadByteCount.addingReportingOverflow(byteCount)
    guard !overflow, sum < Int.max / 2 else {
      throw RepVGGError(.invalidArgument, "the tensors are too large")
    }
    key(field, wireType: 2)
    varint(UInt64(byteCount))
    payloads.append(Payload(position: bytes.count, tensor: tensor))
    payloadByteCount = sum
  }

  private mutating func key(_ field: Int, wireType: UInt64) {
    varint(UInt64(field) << 3 | wireType)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
