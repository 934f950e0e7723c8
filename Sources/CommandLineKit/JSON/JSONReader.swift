/// Why a text is not the JSON document that was expected, and where it stops being one.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible, ExitCodeConvertible {
  /// The reason, a clause without a full stop.
  package let reason: String
  /// The line, counted from 1.
  package let line: Int
  /// The byte within the line, counted from 1.
  package let column: Int

  /// The code that the process ends with when this error reaches the top.
  package var exitCode: ExitCode { .badData }
  /// Place and reason in one line.
  package var description: String { "JSON line \(line), column \(column): \(reason)" }
}

/// Reads JSON strictly as RFC 8259 has it, with bounds: made for files from anywhere.
///
/// Refused: anything after the document, comments, trailing commas, equal keys in one object, lone
/// surrogates, invalid UTF-8, numbers beyond Double, a byte-order mark, too many bytes or levels, and
/// more than 30 combining marks in a row (UAX #15), which take quadratic time to compare.
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
        reason: "\(bytes.count) bytes are more than the limit of \(maximumByteCount)", line: 1,
        column: 1)
    }
    var cursor = JSONCursor(bytes: bytes, maximumDepth: maximumDepth)
    return try cursor.document()
  }
}

/// The reading position in a document.
private struct JSONCursor {
  let bytes: [UInt8]
  let maximumDepth: Int
  var position = 0

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func document() throws(JSONError) -> JSONValue {
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard next == nil else { throw error("unexpected text after the document") }
    return value
  }

  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    switch next {
    case nil: throw error("the document ends too early")
    case UInt8(ascii: "{"):
      try checkDepth(depth)
      return .object(try object(depth: depth))
    case UInt8(ascii: "["):
      try checkDepth(depth)
      return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || byte.isASCIIDigit: return try number()
    default: throw error("a value is expected")
    }
  }

  mutating func object(depth: Int) throws(JSONError) -> JSONObject {
    var object = JSONObject()
    position += 1
    skipSpace()
    if consume("}") { return object }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a key in quotes is expected") }
      let start = position
      let key = try string()
      guard object[key] == nil else {
        throw error("the key \(key.quotedForDisplay()) occurs twice in one object", at: start)
      }
      skipSpace()
      guard consume(":") else { throw error("':' is expected after a key") }
      skipSpace()
      object[key] = try value(depth: depth + 1)
      skipSpace()
      if consume("}") { return object }
      guard consume(",") else { throw error("',' or '}' is expected") }
    }
  }

  mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    position += 1
    skipSpace()
    if consume("]") { return elements }
    while true {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if consume("]") { return elements }
      guard consume(",") else { throw error("',' or ']' is expected") }
    }
  }

  mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw error("a value is expected") }
    position += word.utf8.count
    return value
  }

  mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    _ = consume("-")
    let first = next
    let integerDigits = skipDigits()
    guard integerDigits > 0 else { throw error("a digit is expected") }
    guard first != UInt8(ascii: "0") || integerDigits == 1 else {
      throw error("a number has a leading zero", at: start)
    }
    var isInteger = true
    if consume(".") {
      isInteger = false
      guard skipDigits() > 0 else { throw error("a digit is expected after the point") }
    }
    if consume("e") || consume("E") {
      isInteger = false
      if !consume("+") { _ = consume("-") }
      guard skipDigits() > 0 else { throw error("a digit is expected in the exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, text != "-0" {
      if let integer = Int(text) { return .integer(integer) }
      if let integer = UInt64(text) { return JSONValue(integer) }
    }
    guard let double = Double(text), double.isFinite else {
      throw error("a number is too large", at: start)
    }
    return .double(double)
  }

  mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    var content: [UInt8] = []
    while true {
      guard let byte = next else { throw error("a text has no closing quote", at: start) }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw error("a text is not valid UTF-8", at: start)
        }
        guard text.isStreamSafe else {
          throw error("a text has more than 30 combining marks in a row", at: start)
        }
        return text
      case UInt8(ascii: "\\"): content.append(contentsOf: try escape().utf8)
      case 0..<0x20: throw error("a control character stands in a text", at: position - 1)
      default: content.append(byte)
      }
    }
  }

  mutating func escape() throws(JSONError) -> String {
    let start = position - 1
    guard let byte = next else { throw error("a text has no closing quote", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return String(Unicode.Scalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw error("an unknown escape", at: start)
    }
    var code = try hexadecimalUnit()
    if (0xD800..<0xDC00).contains(code) {
      guard consume("\\"), consume("u") else { throw error("a lone surrogate", at: start) }
      let low = try hexadecimalUnit()
      guard (0xDC00..<0xE000).contains(low) else { throw error("a lone surrogate", at: start) }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("a lone surrogate", at: start) }
    return String(Character(scalar))
  }

  mutating func hexadecimalUnit() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits are expected")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, byte.isASCIIDigit { position += 1 }
    return position - start
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  mutating func consume(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  func checkDepth(_ depth: Int) throws(JSONError) {
    guard depth < maximumDepth else {
      throw error("more than \(maximumDepth) levels of arrays and objects")
    }
  }

  func error(_ reason: String, at place: Int? = nil) -> JSONError {
    let before = bytes[..<min(place ?? position, bytes.count)]
    let lineStart = (before.lastIndex(of: 0x0A) ?? -1) + 1
    return JSONError(
      reason: reason, line: before.count(where: { $0 == 0x0A }) + 1,
      column: before.count - lineStart + 1)
  }
}

extension String {
  /// Whether no more than 30 combining marks follow each other.
  fileprivate var isStreamSafe: Bool {
    var marks = 0
    for scalar in unicodeScalars {
      // No mark comes before this one.
      let isStarter =
        scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered
      marks = isStarter ? 0 : marks + 1
      if marks > 30 { return false }
    }
    return true
  }
}

extension UInt8 {
  fileprivate var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
