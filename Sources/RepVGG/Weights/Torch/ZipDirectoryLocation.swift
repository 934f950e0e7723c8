/// The position of an archive's central directory, from the records at the end of the file.
struct ZipDirectoryLocation {
  private static let endRecordByteCount = 22
  private static let locatorByteCount = 20

  private(set) var range: Range<Int>
  private(set) var entryCount: Int

  init(in file: InputFile) throws(RepVGGError) {
    let endRecord = try Self.endRecordOffset(in: file)
    let diskNumbers = try file.integer(UInt32.self, at: endRecord + 4)
    let entryCounts = (
      try file.integer(UInt16.self, at: endRecord + 8),
      try file.integer(UInt16.self, at: endRecord + 10)
    )
    let size = try file.integer(UInt32.self, at: endRecord + 12)
    let offset = try file.integer(UInt32.self, at: endRecord + 16)
    if diskNumbers == .max || entryCounts.1 == .max || size == .max || offset == .max {
      try self.init(zip64Before: endRecord, in: file)
    } else {
      guard diskNumbers == 0, entryCounts.0 == entryCounts.1 else { throw Self.severalParts }
      try self.init(
        offset: UInt64(offset), size: UInt64(size), entryCount: UInt64(entryCounts.1),
        end: endRecord)
    }
  }

  /// Follows the locator before the end record to the zip64 end record.
  private init(zip64Before endRecord: Int, in file: InputFile) throws(RepVGGError) {
    let locator = endRecord - Self.locatorByteCount
    guard try file.matches(Array("PK\u{6}\u{7}".utf8), at: locator) else {
      throw RepVGGError(.badData, "lacks the zip64 record that it refers to")
    }
    let record = try file.integer(UInt64.self, at: locator + 8)
    guard record < UInt64(locator),
      try file.matches(Array("PK\u{6}\u{6}".utf8), at: Int(record))
    else {
      throw RepVGGError(.badData, "its zip64 record is not where it is said to be")
    }
    let start = Int(record)
    guard try file.integer(UInt64.self, at: start + 16) == 0 else { throw Self.severalParts }
    let entryCounts = (
      try file.integer(UInt64.self, at: start + 24), try file.integer(UInt64.self, at: start + 32)
    )
    guard entryCounts.0 == entryCounts.1 else { throw Self.severalParts }
    try self.init(
      offset: file.integer(UInt64.self, at: start + 48),
      size: file.integer(UInt64.self, at: start + 40), entryCount: entryCounts.1, end: start)
  }

  private init(offset: UInt64, size: UInt64, entryCount: UInt64, end: Int) throws(RepVGGError) {
    guard offset <= UInt64(end), size <= UInt64(end) - offset,
      entryCount <= size / UInt64(ZipCentralHeader.fixedByteCount)
    else {
      throw RepVGGError(
        .badData, "its zip directory of \(entryCount) members does not fit into the file")
    }
    range = Int(offset)..<Int(offset + size)
    self.entryCount = Int(entryCount)
  }

  /// The end record is last in the file, except for a comment whose length it contains.
  private static func endRecordOffset(in file: InputFile) throws(RepVGGError) -> Int {
    let signature = Array("PK\u{5}\u{6}".utf8)
    let tailByteCount = min(file.byteCount, endRecordByteCount + Int(UInt16.max))
    let tailStart = file.byteCount - tailByteCount
    let tail = try file.bytes(at: tailStart, count: tailByteCount)
    for offset in stride(from: tailByteCount - endRecordByteCount, through: 0, by: -1)
    where tail[offset] == signature[0] && tail[offset...].starts(with: signature) {
      let commentByteCount = Int(tail[offset + 20]) | Int(tail[offset + 21]) << 8
      if offset + endRecordByteCount + commentByteCount == tailByteCount {
        return tailStart + offset
      }
    }
    throw RepVGGError(
      .badData,
      "is a zip archive cut short at \(file.byteCount) bytes, without its end; copy or download it again"
    )
  }

  private static var severalParts: RepVGGError {
    RepVGGError(.unsupported, "is a zip archive of several parts")
  }
}
