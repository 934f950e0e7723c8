/// Reads the parts of a Python literal in the order in which an NPY header has them.
struct PythonLiteralScanner {
  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) { self.text = text }

  /// Consumes a character if it is next.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Consumes a character that must be next.
  mutating func expect(_ character: Unicode.Scalar) throws(RepVGGError) {
    guard skip(character) else { throw malformed("'\(character)' expected") }
  }

  /// Checks that only white space follows.
  mutating func expectEnd() throws(RepVGGError) {
    skipSpace()
    guard position == text.count else { throw malformed("nothing more expected") }
  }

  /// Consumes a string without escapes, in either kind of quotes.
  mutating func string() throws(RepVGGError) -> String {
    let quote: Unicode.Scalar = skip("\"") ? "\"" : "'"
    if quote == "'" { try expect("'") }
    let rest = text[position...]
    guard let end = rest.firstIndex(of: UInt8(ascii: quote)),
      !rest[..<end].contains(UInt8(ascii: "\\")),
      let content = String(validating: rest[..<end], as: UTF8.self), content.isStreamSafe
    else { throw malformed("plain string expected") }
    position = end + 1
    return content
  }

  /// Consumes True or False.
  mutating func boolean() throws(RepVGGError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where text[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw malformed("True or False expected")
  }

  /// Consumes a tuple of non-negative integers.
  mutating func tuple(limit: Int) throws(RepVGGError) -> [Int] {
    var values: [Int] = []
    try expect("(")
    while !skip(")") {
      guard values.count < limit else { throw malformed("at most \(limit) numbers expected") }
      values.append(try integer())
      if !skip(",") {
        guard values.count > 1 else { throw malformed("',' expected") }
        try expect(")")
        break
      }
    }
    return values
  }

  /// A syntax error at the current position.
  func malformed(_ reason: String) -> RepVGGError {
    RepVGGError(.badData, "malformed header: \(reason) at byte \(position) of its text")
  }

  private mutating func integer() throws(RepVGGError) -> Int {
    skipSpace()
    let digits = text[position...].prefix {
      $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
    }
    // Only too many digits, or none, can fail here.
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw malformed("integer of at least 0 expected")
    }
    position = digits.endIndex
    // NumPy under Python 2 wrote long integers with a suffix.
    _ = skip("L")
    return value
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) {
      position += 1
    }
  }
}
