/// What readers of small configuration files need in addition to a header's integers and strings.
extension JSONScanner {
  /// Consumes one number.
  package mutating func number() throws(RepVGGError) -> Double {
    guard let first = peek() else { throw malformed("number expected") }
    let start = position
    if first == UInt8(ascii: "-") { position += 1 }
    let integerStart = position
    try digits()
    guard bytes[integerStart] != UInt8(ascii: "0") || position == integerStart + 1 else {
      throw malformed("number with a leading zero")
    }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else { throw malformed("number too large") }
    return value
  }

  /// Consumes an array of numbers.
  package mutating func numbers(limit: Int) throws(RepVGGError) -> [Double] {
    var values: [Double] = []
    try expect("[")
    if skip("]") { return values }
    repeat {
      guard values.count < limit else { throw malformed("at most \(limit) numbers expected") }
      values.append(try number())
    } while skip(",")
    try expect("]")
    return values
  }

  /// Consumes `null` if it is next.
  package mutating func skipNull() -> Bool {
    guard peek() == UInt8(ascii: "n") else { return false }
    return takeWord("null")
  }

  /// Consumes one value of any kind that the reader does not use.
  package mutating func skipValue(depthLimit: Int = 64) throws(RepVGGError) {
    guard depthLimit > 0 else { throw malformed("nested too deeply") }
    switch peek() {
    case UInt8(ascii: "{"):
      try object { (scanner, _) throws(RepVGGError) in
        try scanner.skipValue(depthLimit: depthLimit - 1)
      }
    case UInt8(ascii: "["):
      try expect("[")
      if skip("]") { return }
      repeat { try skipValue(depthLimit: depthLimit - 1) } while skip(",")
      try expect("]")
    case UInt8(ascii: "\""):
      _ = try string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
      guard takeWord("true") || takeWord("false") || takeWord("null") else {
        throw malformed("value expected")
      }
    default:
      _ = try number()
    }
  }

  /// Checks that only white space is left.
  package mutating func expectEnd() throws(RepVGGError) {
    guard peek() == nil else { throw malformed("nothing more expected") }
  }

  private mutating func digits() throws(RepVGGError) {
    let start = position
    while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    guard position > start else { throw malformed("digit expected") }
  }

  /// Consumes a character that is next, without white space before it.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count - position >= count,
      word.withUTF8Buffer({ $0.elementsEqual(bytes[position..<(position + count)]) })
    else { return false }
    position += count
    return true
  }
}
