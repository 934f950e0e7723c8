import CommandLineKit
import Glibc
import RepVGG

/// The bytes of documents that somebody else may have written.
enum DocumentFile {
  /// The largest document that is read.
  static let maximumByteCount = 256 << 20

  /// All bytes of a file, or of standard input where the path is `-`.
  ///
  /// - Throws: `missingInput` where it cannot be opened or is a folder, `badData` where it does not
  ///   end within the limit, `inputOutput` where reading fails.
  static func bytes(of path: String) throws(RepVGGError) -> [UInt8] {
    if path == "-" { return try bytes(from: STDIN_FILENO, path: "standard input") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RepVGGError(.missingInput, String(cString: strerror(errno)), file: path)
    }
    defer { close(descriptor) }
    return try bytes(from: descriptor, path: path)
  }

  private static func bytes(from descriptor: Int32, path: String) throws(RepVGGError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw RepVGGError(
          errno == EISDIR ? .missingInput : .inputOutput, String(cString: strerror(errno)),
          file: path)
      }
      guard bytes.count + count <= maximumByteCount else {
        throw RepVGGError(.badData, "is longer than \(maximumByteCount) bytes", file: path)
      }
      bytes += chunk[..<count]
    }
  }
}
