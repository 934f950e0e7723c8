/// Reads a file's bytes from front to back in large pieces, because structure is read in small
/// ones.
struct FileWindow {
  private static let byteCount = 1 << 16

  let file: InputFile
  private var bytes: [UInt8] = []
  private var start = 0

  init(_ file: InputFile) { self.file = file }

  /// One little-endian integer, at any address.
  ///
  /// - Throws: `badData` if it is beyond the end of the file, `inputOutput` if reading fails.
  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type, at offset: Int
  ) throws(RepVGGError) -> Integer {
    let size = MemoryLayout<Integer>.size
    if offset < start || offset - start > bytes.count - size {
      let available = offset < 0 ? 0 : max(0, file.byteCount - offset)
      bytes = try file.bytes(at: offset, count: max(size, min(available, Self.byteCount)))
      start = offset
    }
    let position = offset - start
    return Integer(
      littleEndian: bytes.withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: position, as: Integer.self)
      })
  }

  /// A copy of a range of bytes.
  ///
  /// - Throws: `badData` if the range is beyond the end of the file, `inputOutput` if reading
  ///   fails.
  func bytes(_ range: Range<Int>) throws(RepVGGError) -> [UInt8] {
    if range.lowerBound >= start, range.upperBound - start <= bytes.count {
      return Array(bytes[range.lowerBound - start..<range.upperBound - start])
    }
    return try file.bytes(at: range.lowerBound, count: range.count)
  }
}
