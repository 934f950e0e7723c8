/// Reads the parts of a JSON text in the order in which its reader expects them.
///
/// There is no tree of values: a reader requests what its format allows, and everything else is an
/// error. Neither depth nor size of hostile text therefore costs more than the text itself.
package struct JSONScanner {
  let bytes: UnsafeRawBufferPointer
  package internal(set) var position = 0
  private let subject: String

  /// A scanner of a text, which errors name by `subject`.
  package init(_ bytes: UnsafeRawBufferPointer, subject: String = "header") {
    self.bytes = bytes
    self.subject = subject
  }

  /// The next byte that is not white space; nil at the end.
  package mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return bytes[position]
      }
    }
    return nil
  }

  /// Consumes a character if it is next.
  package mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Consumes a character that must be next.
  package mutating func expect(_ character: Unicode.Scalar) throws(RepVGGError) {
    guard skip(character) else { throw malformed("'\(character)' expected") }
  }

  /// Consumes an object, calling `member` after every key and its colon.
  package mutating func object(
    _ member: (inout JSONScanner, String) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    try expect("{")
    if skip("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while skip(",")
    try expect("}")
  }

  /// Consumes an array of non-negative integers.
  package mutating func integers(limit: Int) throws(RepVGGError) -> [Int] {
    var values: [Int] = []
    try expect("[")
    if skip("]") { return values }
    repeat {
      guard values.count < limit else { throw malformed("at most \(limit) numbers expected") }
      values.append(try integer())
    } while skip(",")
    try expect("]")
    return values
  }

  /// Consumes one non-negative integer: digits without a leading zero.
  package mutating func integer() throws(RepVGGError) -> Int {
    guard let first = peek(), isDigit(first) else {
      throw malformed("integer of at least 0 expected")
    }
    let start = position
    var value = 0
    while position < bytes.count, isDigit(bytes[position]) {
      let (tens, multiplyOverflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int(bytes[position] - UInt8(ascii: "0"))
      let (sum, addOverflow) = tens.addingReportingOverflow(digit)
      guard !multiplyOverflow, !addOverflow else { throw malformed("integer too large") }
      value = sum
      position += 1
    }
    if position < bytes.count {
      switch Unicode.Scalar(bytes[position]) {
      case ".", "e", "E": throw malformed("integer expected")
      default: break
      }
    }
    guard first != UInt8(ascii: "0") || position == start + 1 else {
      throw malformed("integer with a leading zero")
    }
    return value
  }

  /// Consumes one string.
  package mutating func string() throws(RepVGGError) -> String {
    try expect("\"")
    var content: [UInt8] = []
    var runStart = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        // Most strings have no escapes; they are made from the text without copying it first.
        let run = UnsafeRawBufferPointer(rebasing: bytes[runStart..<position])
        position += 1
        let text =
          content.isEmpty
          ? String(validating: run, as: UTF8.self)
          : String(validating: content + run, as: UTF8.self)
        guard let text else { throw malformed("string is not UTF-8") }
        guard text.isStreamSafe else {
          throw malformed("string with more than 30 combining marks in a row")
        }
        return text
      case UInt8(ascii: "\\"):
        content += bytes[runStart..<position]
        position += 1
        content += String(Character(try escapedScalar())).utf8
        runStart = position
      case 0..<0x20:
        throw malformed("control character in a string")
      default:
        position += 1
      }
    }
    throw malformed("string without an end")
  }

  /// A syntax error at the current position.
  package func malformed(_ reason: String) -> RepVGGError {
    RepVGGError(.badData, "malformed \(subject): \(reason) at byte \(position) of the JSON text")
  }

  func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// What follows a backslash.
  private mutating func escapedScalar() throws(RepVGGError) -> Unicode.Scalar {
    guard position < bytes.count else { throw malformed("string without an end") }
    let character = Unicode.Scalar(bytes[position])
    position += 1
    switch character {
    case "\"", "\\", "/": return character
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": return try unicodeEscape()
    default: throw malformed("unknown escape in a string")
    }
  }

  /// Four hexadecimal digits, and four more if they are the first of a surrogate pair.
  private mutating func unicodeEscape() throws(RepVGGError) -> Unicode.Scalar {
    var code = try hexadecimalCode()
    if code & 0xfc00 == 0xd800, position + 1 < bytes.count,
      bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
    {
      position += 2
      let low = try hexadecimalCode()
      guard low & 0xfc00 == 0xdc00 else { throw malformed("half of a surrogate pair") }
      code = 0x10000 + (code & 0x3ff) << 10 + (low & 0x3ff)
    }
    guard let scalar = Unicode.Scalar(code) else { throw malformed("half of a surrogate pair") }
    return scalar
  }

  private mutating func hexadecimalCode() throws(RepVGGError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw malformed("four hexadecimal digits expected") }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
