/// Why a text is not the JSON document that was expected, and where it stops being one.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reason, a clause without a full stop.
  package let reason: String
  /// The line, counted from 1.
  package let line: Int
  /// The byte within the line, counted from 1.
  package let column: Int

  /// Place and reason in one line.
  package var description: String { "JSON line \(line), column \(column): \(reason)" }

  fileprivate init(reason: String, position: Int = 0, in bytes: [UInt8]) {
    let before = bytes[..<min(position, bytes.count)]
    let lineStart = (before.lastIndex(of: 0x0A) ?? -1) + 1
    self.reason = reason
    line = before.count(where: { $0 == 0x0A }) + 1
    column = before.count - lineStart + 1
  }
}

/// Reads JSON strictly as RFC 8259 has it, with bounds: made for files from anywhere.
///
/// Refused: what ``JSONScanner`` refuses, anything after the document, comments, trailing commas,
/// equal keys in one object, a byte-order mark and too many bytes.
package struct JSONReader: Sendable, Hashable {
  /// The largest number of nested arrays and objects.
  package var maximumDepth: Int
  /// The largest number of bytes.
  package var maximumByteCount: Int

  /// A reader with bounds.
  ///
  /// - Parameters:
  ///   - maximumDepth: The largest number of nested arrays and objects, at most 512.
  ///   - maximumByteCount: The largest number of bytes.
  package init(maximumDepth: Int = 64, maximumByteCount: Int = 256 << 20) {
    self.maximumDepth = max(0, min(maximumDepth, 512))
    self.maximumByteCount = maximumByteCount
  }

  /// The document in a text.
  ///
  /// - Parameter text: The whole document.
  /// - Returns: Its value.
  /// - Throws: `JSONError` with the place of the first fault.
  package func value(_ text: String) throws(JSONError) -> JSONValue {
    try value(bytes: Array(text.utf8))
  }

  /// The document in UTF-8 bytes.
  ///
  /// - Parameter bytes: The whole document.
  /// - Returns: Its value.
  /// - Throws: `JSONError` with the place of the first fault.
  package func value(bytes: [UInt8]) throws(JSONError) -> JSONValue {
    guard bytes.count <= maximumByteCount else {
      throw JSONError(
        reason: "\(bytes.count) bytes are more than the limit of \(maximumByteCount)", in: bytes)
    }
    return try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
      var scanner = JSONScanner(UnsafeRawBufferPointer(buffer), maximumDepth: maximumDepth) {
        JSONError(reason: $0, position: $1, in: bytes)
      }
      let value = try scanner.value()
      try scanner.expectEnd()
      return value
    }
  }
}
