/// What a safetensors header says, without what lies behind it.
struct SafetensorsHeader {
  /// One tensor as the header describes it.
  struct Entry {
    var name: String
    var elementType: ElementType
    var shape: [Int]
    /// The first byte, counted from the end of the header.
    var start: Int
    /// Behind the last byte.
    var end: Int
  }

  static let metadataKey = "__metadata__"

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// Parses the JSON text.
  init(parsing text: UnsafeRawBufferPointer) throws(RepVGGError) {
    guard text.first == UInt8(ascii: "{") else {
      throw RepVGGError(.badData, "malformed header: does not start with '{'")
    }
    var scanner = JSONScanner(text)
    var names: Set<String> = []
    try scanner.object { scanner, key throws(RepVGGError) in
      guard names.insert(key).inserted else {
        throw RepVGGError(.badData, "malformed header: the name occurs twice").inTensor(key)
      }
      if key == Self.metadataKey {
        metadata = try Self.metadata(&scanner)
      } else {
        do throws(RepVGGError) {
          entries.append(try Self.entry(&scanner, name: key))
        } catch {
          throw error.inTensor(key)
        }
      }
    }
    guard scanner.peek() == nil else { throw scanner.malformed("nothing more expected") }
  }

  /// Checks that the tensors cover the data without gap or overlap.
  ///
  /// - Throws: `badData` naming the first tensor that does not start where the one before ends.
  func checkCoverage(dataByteCount: Int) throws(RepVGGError) {
    var position = 0
    for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.start <= entry.end else {
        throw RepVGGError(.badData, "its data_offsets end before they start").inTensor(entry.name)
      }
      guard entry.end <= dataByteCount else {
        throw RepVGGError(
          .badData,
          "its data_offsets [\(entry.start), \(entry.end)] leave the \(dataByteCount) bytes of data"
        ).inTensor(entry.name)
      }
      guard entry.start == position else {
        let fault = entry.start < position ? "overlap the tensor before" : "leave a gap before them"
        throw RepVGGError(
          .badData, "its data_offsets [\(entry.start), \(entry.end)] \(fault)"
        ).inTensor(entry.name)
      }
      position = entry.end
    }
    guard position == dataByteCount else {
      throw RepVGGError(
        .badData, "holds \(dataByteCount) bytes of data, its tensors cover \(position)")
    }
  }

  private static func metadata(
    _ scanner: inout JSONScanner
  ) throws(RepVGGError) -> [String: String] {
    var metadata: [String: String] = [:]
    try scanner.object { scanner, key throws(RepVGGError) in
      let value = try scanner.string()
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw scanner.malformed("metadata key '\(key.printable)' occurs twice")
      }
    }
    return metadata
  }

  private static func entry(
    _ scanner: inout JSONScanner, name: String
  ) throws(RepVGGError) -> Entry {
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { scanner, key throws(RepVGGError) in
      switch key {
      case "dtype" where typeName == nil: typeName = try scanner.string()
      case "shape" where shape == nil:
        shape = try scanner.integers(limit: StoredTensorSource.rankLimit)
      case "data_offsets" where offsets == nil: offsets = try scanner.integers(limit: 2)
      default: throw scanner.malformed("unexpected field '\(key.printable)'")
      }
    }
    guard let typeName, let shape, let offsets, offsets.count == 2 else {
      throw scanner.malformed("dtype, shape and two data_offsets expected")
    }
    guard let elementType = ElementType(safetensorsName: typeName) else {
      throw RepVGGError(.unsupported, "element type '\(typeName.printable)' is not supported")
    }
    return Entry(
      name: name, elementType: elementType, shape: shape, start: offsets[0], end: offsets[1])
  }
}
