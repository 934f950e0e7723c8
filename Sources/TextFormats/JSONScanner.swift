/// Reads the parts of a JSON text (RFC 8259) in the order in which its reader expects them.
///
/// A reader requests what its format allows, and everything else is an error. Without ``value()``
/// there is no tree of values, so hostile text costs no more than its own size. Refused are lone
/// surrogates, invalid UTF-8, numbers beyond Double, too many levels, and more than 30 combining
/// marks in a row (UAX #15), which take quadratic time to compare.
package struct JSONScanner<Failure: Error> {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0
  /// Where the last string or number starts.
  private(set) var tokenStart = 0
  private var depth = 0
  private let maximumDepth: Int
  private let failure: (_ reason: String, _ position: Int) -> Failure

  /// A scanner of a text.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8; it must outlive the scanner.
  ///   - maximumDepth: The largest number of nested arrays and objects.
  ///   - failure: Makes the error of a reason, a clause without a full stop, and a byte position.
  package init(
    _ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 64,
    failure: @escaping (_ reason: String, _ position: Int) -> Failure
  ) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
    self.failure = failure
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

  /// Consumes an object, calling `member` after every key and its colon.
  package mutating func object(
    _ member: (inout Self, String) throws(Failure) -> Void
  ) throws(Failure) {
    try elements("{", "}") { scanner throws(Failure) in
      guard scanner.peek() == UInt8(ascii: "\"") else {
        throw scanner.malformed("a key in quotes is expected")
      }
      let key = try scanner.string()
      guard scanner.skip(":") else { throw scanner.malformed("':' is expected after a key") }
      try member(&scanner, key)
    }
  }

  /// Consumes an array, calling `element` where one is next.
  package mutating func array(
    _ element: (inout Self) throws(Failure) -> Void
  ) throws(Failure) {
    try elements("[", "]", element)
  }

  private mutating func elements(
    _ first: Unicode.Scalar, _ last: Unicode.Scalar,
    _ element: (inout Self) throws(Failure) -> Void
  ) throws(Failure) {
    guard peek() == UInt8(ascii: first) else { throw malformed("'\(first)' is expected") }
    guard depth < maximumDepth else {
      throw malformed("more than \(maximumDepth) levels of arrays and objects")
    }
    position += 1
    if skip(last) { return }
    depth += 1
    repeat { try element(&self) } while skip(",")
    depth -= 1
    guard skip(last) else { throw malformed("',' or '\(last)' is expected") }
  }

  /// Consumes one string.
  package mutating func string() throws(Failure) -> String {
    guard skip("\"") else { throw malformed("a text in quotes is expected") }
    let start = position - 1
    tokenStart = start
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
        guard let text else { throw malformed("a text is not valid UTF-8", at: start) }
        guard text.isStreamSafe else {
          throw malformed("a text has more than 30 combining marks in a row", at: start)
        }
        return text
      case UInt8(ascii: "\\"):
        content += bytes[runStart..<position]
        content += String(Character(try escapedScalar())).utf8
        runStart = position
      case 0..<0x20: throw malformed("a control character stands in a text")
      default: position += 1
      }
    }
    throw malformed("a text has no closing quote", at: start)
  }

  /// Consumes a number; integers are exact.
  mutating func anyNumber() throws(Failure) -> JSONValue {
    guard peek() != nil else { throw malformed("a number is expected") }
    let start = position
    tokenStart = start
    _ = take("-")
    let integerStart = position
    try digits("")
    guard bytes[integerStart] != UInt8(ascii: "0") || position == integerStart + 1 else {
      throw malformed("a number has a leading zero", at: start)
    }
    let integerEnd = position
    if take(".") { try digits(" after the point") }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits(" in the exponent")
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if position == integerEnd, text != "-0" {
      if let integer = Int(text) { return .integer(integer) }
      if let integer = UInt64(text) { return JSONValue(integer) }
    }
    guard let double = Double(text), double.isFinite else {
      throw malformed("a number is too large", at: start)
    }
    return .double(double)
  }

  /// Consumes a word if it is next.
  mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count - position >= count,
      word.withUTF8Buffer({ $0.elementsEqual(bytes[position..<(position + count)]) })
    else { return false }
    position += count
    return true
  }

  /// An error at a position, by default the current one.
  package func malformed(_ reason: String, at place: Int? = nil) -> Failure {
    failure(reason, place ?? position)
  }

  func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private mutating func digits(_ place: String) throws(Failure) {
    let start = position
    while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    guard position > start else { throw malformed("a digit is expected\(place)") }
  }

  /// Consumes a character that is next, without white space before it.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Consumes a backslash and what it escapes, at most a surrogate pair.
  private mutating func escapedScalar() throws(Failure) -> Unicode.Scalar {
    let start = position
    position += 1
    guard position < bytes.count else { throw malformed("a text has no closing quote", at: start) }
    let character = Unicode.Scalar(bytes[position])
    position += 1
    switch character {
    case "\"", "\\", "/": return character
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": break
    default: throw malformed("an unknown escape", at: start)
    }
    var code = try hexadecimalCode()
    if code & 0xfc00 == 0xd800, take("\\"), take("u") {
      let low = try hexadecimalCode()
      guard low & 0xfc00 == 0xdc00 else { throw malformed("a lone surrogate", at: start) }
      code = 0x10000 + (code & 0x3ff) << 10 + (low & 0x3ff)
    }
    guard let scalar = Unicode.Scalar(code) else { throw malformed("a lone surrogate", at: start) }
    return scalar
  }

  private mutating func hexadecimalCode() throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw malformed("four hexadecimal digits are expected") }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
