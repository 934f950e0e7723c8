import TextFormats

/// A safetensors header, without the elements that follow it.
struct SafetensorsHeader {
  /// One tensor as the header describes it.
  struct Entry {
    var name: String
    /// The type's name in the format.
    var typeName: String
    var shape: [Int]
    /// The offset of the first byte, counted from the end of the header.
    var start: Int
    /// The offset after the last byte.
    var end: Int
  }

  static let metadataKey = "__metadata__"
  /// The longest name of a tensor, in bytes.
  private static let nameByteLimit = 1024

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// Parses the JSON text.
  init(parsing text: UnsafeRawBufferPointer) throws(RepVGGError) {
    guard text.first == UInt8(ascii: "{") else {
      throw RepVGGError(.badData, "malformed header: does not start with '{'")
    }
    var scanner = JSONScanner(text, subject: "header")
    var names: Set<UTF8Name> = []
    try scanner.object { scanner, key throws(RepVGGError) in
      guard key.utf8.count <= Self.nameByteLimit else {
        throw RepVGGError(.badData, "a name is longer than \(Self.nameByteLimit) bytes")
          .inTensor(key)
      }
      guard names.insert(UTF8Name(key)).inserted else {
        throw RepVGGError(.badData, "malformed header: the name occurs twice").inTensor(key)
      }
      guard names.count <= Checkpoint.tensorLimit else {
        throw RepVGGError(.unsupported, "holds more than \(Checkpoint.tensorLimit) tensors")
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
    try scanner.expectEnd()
  }

  /// Checks that the tensors cover the data without gap or overlap.
  ///
  /// - Throws: `badData`, naming the first tensor that does not start where the previous one ends.
  func checkCoverage(dataByteCount: Int, dataStart: Int) throws(RepVGGError) {
    let end = entries.map(\.end).max() ?? 0
    guard end <= dataByteCount else {
      throw RepVGGError(
        .badData,
        "is cut short at \(dataStart + dataByteCount) of \(UInt(dataStart) + UInt(end)) bytes; copy or"
          + " download it again")
    }
    var position = 0
    for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.start <= entry.end else {
        throw RepVGGError(.badData, "its data_offsets end before they start").inTensor(entry.name)
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
    _ scanner: inout JSONScanner<RepVGGError>
  ) throws(RepVGGError) -> [String: String] {
    var metadata: [String: String] = [:]
    if scanner.skipNull() { return metadata }
    try scanner.object { scanner, key throws(RepVGGError) in
      let value = try scanner.string()
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw scanner.malformed("metadata key '\(key.printable)' occurs twice")
      }
    }
    return metadata
  }

  private static func entry(
    _ scanner: inout JSONScanner<RepVGGError>, name: String
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
    return Entry(
      name: name, typeName: typeName, shape: shape, start: offsets[0], end: offsets[1])
  }
}

extension JSONScanner<RepVGGError> {
  /// A scanner of a text, which errors name by `subject`.
  package init(_ bytes: UnsafeRawBufferPointer, subject: String) {
    self.init(bytes) { reason, position in
      RepVGGError(
        .badData, "malformed \(subject): \(reason) at byte \(position) of the JSON text")
    }
  }
}
