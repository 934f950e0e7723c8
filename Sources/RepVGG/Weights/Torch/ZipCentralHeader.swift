/// One member's header in the central directory of a zip archive.
struct ZipCentralHeader {
  /// Bytes before the name.
  static let fixedByteCount = 46
  private static let localFixedByteCount = 30
  private static let hasSizesBehindData = 0x0008

  /// The position after the header.
  let end: Int
  private let flags: Int
  private let compressionMethod: Int
  private let nameBytes: [UInt8]
  private let compressedSize: UInt64
  private let size: UInt64
  private let headerOffset: UInt64

  init(in window: inout FileWindow, at start: Int, end directoryEnd: Int) throws(RepVGGError) {
    guard start + Self.fixedByteCount <= directoryEnd,
      try window.integer(UInt32.self, at: start) == 0x0201_4b50
    else { throw RepVGGError(.badData, "its zip directory is damaged at byte \(start)") }
    let nameByteCount = Int(try window.integer(UInt16.self, at: start + 28))
    let extraByteCount = Int(try window.integer(UInt16.self, at: start + 30))
    let commentByteCount = Int(try window.integer(UInt16.self, at: start + 32))
    let nameStart = start + Self.fixedByteCount
    end = nameStart + nameByteCount + extraByteCount + commentByteCount
    guard end <= directoryEnd else {
      throw RepVGGError(.badData, "its zip directory is damaged at byte \(start)")
    }
    flags = Int(try window.integer(UInt16.self, at: start + 8))
    compressionMethod = Int(try window.integer(UInt16.self, at: start + 10))
    nameBytes = try window.bytes(nameStart..<nameStart + nameByteCount)
    var extra = try Zip64Extra(in: &window, at: nameStart + nameByteCount, count: extraByteCount)
    // The order in which the extra field contains what does not fit into 32 bits.
    size = try extra.value(window.integer(UInt32.self, at: start + 24))
    compressedSize = try extra.value(window.integer(UInt32.self, at: start + 20))
    headerOffset = try extra.value(window.integer(UInt32.self, at: start + 42))
  }

  /// The member, after comparing its local header with this one.
  ///
  /// - Throws: `badData` if the headers differ or the member leaves the file.
  func entry(in file: InputFile, dataEnd: Int) throws(RepVGGError) -> ZipArchive.Entry {
    guard let name = String(validating: nameBytes, as: UTF8.self), name.isStreamSafe else {
      throw RepVGGError(.badData, "the name of a member is no text")
    }
    guard headerOffset < UInt64(dataEnd) else { throw damaged(name, "starts behind the end") }
    let start = Int(headerOffset)
    // One read for all fields, because there are many members.
    let readable = min(Self.localFixedByteCount + nameBytes.count, file.byteCount - start)
    let local = try file.bytes(at: start, count: readable)
    guard readable >= Self.localFixedByteCount, local.starts(with: "PK\u{3}\u{4}".utf8) else {
      throw damaged(name, "has no header where the directory says")
    }
    let localFlags = Int(local.integer(UInt16.self, at: 6))
    let localMethod = Int(local.integer(UInt16.self, at: 8))
    let localSizes = [
      local.integer(UInt32.self, at: 18), local.integer(UInt32.self, at: 22),
    ]
    let nameByteCount = Int(local.integer(UInt16.self, at: 26))
    let extraByteCount = Int(local.integer(UInt16.self, at: 28))
    guard nameByteCount == nameBytes.count,
      local[Self.localFixedByteCount...].elementsEqual(nameBytes),
      localMethod == compressionMethod
    else { throw damaged(name, "differs between its header and the directory") }
    if localFlags & Self.hasSizesBehindData == 0 {
      for (local, central) in zip(localSizes, [compressedSize, size])
      where local != .max && UInt64(local) != central {
        throw damaged(name, "differs in size between its header and the directory")
      }
    }
    let dataStart = start + Self.localFixedByteCount + nameByteCount + extraByteCount
    guard dataStart <= dataEnd, compressedSize <= UInt64(dataEnd - dataStart) else {
      throw damaged(name, "leaves the file")
    }
    guard compressionMethod != 0 || compressedSize == size else {
      throw damaged(name, "has two sizes")
    }
    guard let byteCount = Int(exactly: size) else { throw damaged(name, "has an impossible size") }
    return ZipArchive.Entry(
      name: name, compressionMethod: compressionMethod, isEncrypted: flags & 1 != 0,
      headerOffset: start, data: dataStart..<dataStart + Int(compressedSize),
      byteCount: byteCount)
  }

  private func damaged(_ name: String, _ reason: String) -> RepVGGError {
    RepVGGError(.badData, "member '\(name.printable)' \(reason)")
  }
}

/// The numbers of an extra field that did not fit into a header's 32 bits.
private struct Zip64Extra {
  private static let identifier: UInt16 = 1
  private var values: ArraySlice<UInt64> = []

  init(in window: inout FileWindow, at start: Int, count: Int) throws(RepVGGError) {
    var position = start
    let end = start + count
    while position + 4 <= end {
      let identifier = try window.integer(UInt16.self, at: position)
      let byteCount = Int(try window.integer(UInt16.self, at: position + 2))
      position += 4
      // Fields of other kinds may be malformed; they do not matter here.
      guard byteCount <= end - position else { return }
      if identifier == Self.identifier {
        for offset in stride(from: position, to: position + byteCount - 7, by: 8) {
          values.append(try window.integer(UInt64.self, at: offset))
        }
        return
      }
      position += byteCount
    }
  }

  /// The header's number, or the next one of the extra field if the header refers to it.
  mutating func value(_ short: UInt32) throws(RepVGGError) -> UInt64 {
    guard short == .max else { return UInt64(short) }
    guard let value = values.popFirst() else {
      throw RepVGGError(.badData, "its zip directory lacks a zip64 field")
    }
    return value
  }
}

extension [UInt8] {
  /// A little-endian integer of a header whose length was checked.
  fileprivate func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type, at offset: Int
  ) -> Integer {
    Integer(
      littleEndian: withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: offset, as: Integer.self)
      })
  }
}
