import Glibc
import RepVGG

/// A list of file names as other programs write it: one per line, or each ended by a zero byte.
public struct NameList: Sendable, Hashable {
  /// The names in order.
  public let names: [String]
  /// The number of names that were omitted because they are not UTF-8.
  public let invalidCount: Int

  /// Splits a list at its zero bytes if it has any, otherwise at its line ends.
  ///
  /// Empty names are omitted. With zero bytes a name may contain line ends.
  public init(_ bytes: [UInt8]) {
    let separator: UInt8 = bytes.contains(0) ? 0 : 0x0a
    var names: [String] = []
    var invalidCount = 0
    for part in bytes.split(separator: separator) {
      if let name = String(validating: part, as: UTF8.self) {
        names.append(name)
      } else {
        invalidCount += 1
      }
    }
    self.names = names
    self.invalidCount = invalidCount
  }

  /// Reads a list from an open file, such as standard input, to its end.
  ///
  /// - Parameters:
  ///   - descriptor: The file, open for reading.
  ///   - maximumByteCount: The longest list that is accepted.
  /// - Throws: `inputOutput` if reading fails, `badData` for a longer list.
  public init(
    readingFrom descriptor: Int32, maximumByteCount: Int = 1 << 30
  ) throws(RepVGGError) {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = block.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw RepVGGError(.inputOutput, "cannot read the list of names: \(systemMessage())")
      }
      if count == 0 { break }
      guard bytes.count + count <= maximumByteCount else {
        throw RepVGGError(.badData, "the list of names exceeds \(maximumByteCount) bytes")
      }
      bytes += block[..<count]
    }
    self.init(bytes)
  }
}
