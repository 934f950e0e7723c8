import Foundation
import RepVGG

/// A text file of names, one per line: labels of classes.
package enum NameFile {
  /// The largest file that is accepted.
  private static let maximumByteCount = 16 << 20

  /// Reads the names in order; `\r\n` also ends a line, and an empty last line is ignored.
  ///
  /// - Throws: `missingInput`, or `badData` for a text that is not UTF-8, far too long, or takes
  ///   long to compare.
  package static func names(contentsOf path: String) throws(RepVGGError) -> [String] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      !isDirectory.boolValue, let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: maximumByteCount + 1) ?? Data()
    else { throw RepVGGError(.missingInput, "cannot be read as a file of names", file: path) }
    guard data.count <= maximumByteCount else {
      throw RepVGGError(.badData, "exceeds \(maximumByteCount) bytes", file: path)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw RepVGGError(.badData, "is not UTF-8 text", file: path)
    }
    guard text.isStreamSafe else {
      throw RepVGGError(.badData, "holds more than 30 combining marks in a row", file: path)
    }
    // By scalars: "\r\n" is one Character.
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in String(line.last == "\r" ? line.dropLast() : line) }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Reads the labels of a network's classes.
  ///
  /// - Throws: Also `badData` if there are more or fewer than the network has classes.
  package static func labels(contentsOf path: String, classCount: Int) throws(RepVGGError)
    -> [String]
  {
    let names = try names(contentsOf: path)
    guard names.count == classCount else {
      throw RepVGGError(
        .badData, "has \(names.count) names, the network has \(classCount) classes", file: path)
    }
    return names
  }
}
