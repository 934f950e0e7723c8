/// The directory of a zip archive whose members are stored as they are.
///
/// Follows the structure of PKWARE's APPNOTE 6.3, zip64 included. Every member's place is checked
/// when the archive is opened: inside the file, announced alike by both of its headers, and
/// overlapping no other. Checksums are not: they would read every byte, and PyTorch may be told
/// not to write them.
struct ZipArchive {
  /// The most members that are read; a large checkpoint has some thousands.
  static let entryLimit = 1 << 18

  /// One member.
  struct Entry {
    var name: String
    var compressionMethod: Int
    var isEncrypted: Bool
    /// Where its local header starts.
    var headerOffset: Int
    /// Where its bytes lie in the file.
    var data: Range<Int>
  }

  private(set) var entries: [String: Entry] = [:]

  /// Reads the directory of an archive.
  ///
  /// - Throws: `badData` where the archive is damaged, `unsupported` for archives of several parts
  ///   or too many members.
  init(_ file: InputFile) throws(RepVGGError) {
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
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw RepVGGError(.badData, "member '\(entry.name.printable)' occurs twice")
      }
    }
    try checkOverlaps()
  }

  /// The byte range of a member.
  ///
  /// - Throws: `badData` where there is none of this name, `unsupported` where it is not stored
  ///   as it is.
  func data(of name: String) throws(RepVGGError) -> Range<Int> {
    guard let entry = entries[name] else {
      throw RepVGGError(.badData, "lacks the member '\(name.printable)'")
    }
    guard !entry.isEncrypted else {
      throw RepVGGError(.unsupported, "member '\(name.printable)' is encrypted")
    }
    guard entry.compressionMethod == 0 else {
      throw RepVGGError(
        .unsupported,
        "member '\(name.printable)' is compressed; PyTorch stores members uncompressed")
    }
    return entry.data
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
