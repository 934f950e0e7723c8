/// The directory of a zip archive whose members are stored uncompressed or deflated.
///
/// Follows the structure of PKWARE's APPNOTE 6.3, including zip64. Every member's position is
/// checked when the archive is opened: it is inside the file, both of its headers agree, and it
/// does not overlap another one. Checksums are not checked: this would read every byte, and PyTorch
/// can be told not to write them.
struct ZipArchive {
  /// The most members that are read; a large checkpoint has some thousands.
  static let entryLimit = 1 << 18

  /// One member.
  struct Entry {
    var name: String
    var compressionMethod: Int
    var isEncrypted: Bool
    /// The position of its local header.
    var headerOffset: Int
    /// Where its bytes are in the file.
    var data: Range<Int>
    /// The number of its bytes after decompression.
    var byteCount: Int
  }

  private(set) var entries: [UTF8Name: Entry] = [:]
  private let file: InputFile
  private var unpacked: [UTF8Name: InputFile] = [:]
  /// The most bytes that may still be decompressed: weights hardly compress, and what does may be
  /// an attempt to exhaust memory.
  private var unpackedByteLimit: Int

  /// Reads the directory of an archive.
  ///
  /// - Throws: `badData` if the archive is damaged, `unsupported` for archives of several parts or
  ///   with too many members.
  init(_ file: InputFile) throws(RepVGGError) {
    self.file = file
    unpackedByteLimit = 1 << 24 + 8 * file.byteCount
    let directory = try ZipDirectoryLocation(in: file)
    guard directory.entryCount <= Self.entryLimit else {
      throw RepVGGError(.unsupported, "holds \(directory.entryCount) members")
    }
    var window = FileWindow(file)
    var position = directory.range.lowerBound
    for _ in 0..<directory.entryCount {
      let header = try ZipCentralHeader(in: &window, at: position, end: directory.range.upperBound)
      position = header.end
      let entry = try header.entry(in: file, dataEnd: directory.range.lowerBound)
      guard entries.updateValue(entry, forKey: UTF8Name(entry.name)) == nil else {
        throw RepVGGError(.badData, "member '\(entry.name.printable)' occurs twice")
      }
    }
    try checkOverlaps()
  }

  /// Where the bytes of a member are: in the file, or in memory if they had to be decompressed.
  ///
  /// - Throws: `badData` if there is no member of this name or it is damaged, `unsupported` if it
  ///   is encrypted or compressed by methods that PyTorch does not read.
  mutating func data(of name: String) throws(RepVGGError) -> (file: InputFile, range: Range<Int>) {
    guard let entry = entries[UTF8Name(name)] else {
      throw RepVGGError(.badData, "lacks the member '\(name.printable)'")
    }
    guard !entry.isEncrypted else {
      throw RepVGGError(.unsupported, "member '\(name.printable)' is encrypted")
    }
    switch entry.compressionMethod {
    case 0: return (file, entry.data)
    case 8: return (try unpack(entry), 0..<entry.byteCount)
    case let method:
      throw RepVGGError(
        .unsupported,
        "member '\(name.printable)' is compressed by method \(method); pack it anew with 'zip -0'")
    }
  }

  private mutating func unpack(_ entry: Entry) throws(RepVGGError) -> InputFile {
    let name = UTF8Name(entry.name)
    if let file = unpacked[name] { return file }
    guard entry.byteCount <= unpackedByteLimit else {
      throw RepVGGError(
        .unsupported,
        "member '\(entry.name.printable)' takes \(entry.byteCount) bytes unpacked, too many for a"
          + " file of \(file.byteCount); pack it anew with 'zip -0'")
    }
    unpackedByteLimit -= entry.byteCount
    let packed = try file.bytes(at: entry.data.lowerBound, count: entry.data.count)
    let copy = try packed.withBytes { packed throws(RepVGGError) in
      try InputFile(byteCount: entry.byteCount, path: file.path) { bytes throws(RepVGGError) in
        try Inflate.decompress(packed, into: bytes)
      }
    }
    unpacked[name] = copy
    return copy
  }

  private func checkOverlaps() throws(RepVGGError) {
    var end = 0
    for entry in entries.values.sorted(by: { $0.headerOffset < $1.headerOffset }) {
      guard entry.headerOffset >= end else {
        throw RepVGGError(
          .badData, "member '\(entry.name.printable)' overlaps the one before it")
      }
      end = entry.data.upperBound
    }
  }
}
