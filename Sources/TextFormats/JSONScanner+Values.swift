extension JSONScanner {
  /// Consumes one value of any kind.
  ///
  /// Equal keys in one object are refused.
  package mutating func value() throws(Failure) -> JSONValue {
    switch peek() {
    case UInt8(ascii: "{"):
      var object = JSONObject()
      try self.object { scanner, key throws(Failure) in
        let place = scanner.tokenStart
        guard object[key] == nil else {
          let reason = "the key \(key.quotedForDisplay()) occurs twice in one object"
          throw scanner.malformed(reason, at: place)
        }
        object[key] = try scanner.value()
      }
      return .object(object)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try array { scanner throws(Failure) in elements.append(try scanner.value()) }
      return .array(elements)
    default: return try scalar()
    }
  }

  /// Consumes one value of any kind that the reader does not use.
  package mutating func skipValue() throws(Failure) {
    switch peek() {
    case UInt8(ascii: "{"):
      try object { scanner, _ throws(Failure) in try scanner.skipValue() }
    case UInt8(ascii: "["): try array { scanner throws(Failure) in try scanner.skipValue() }
    default: _ = try scalar()
    }
  }

  /// Consumes a value that is neither array nor object.
  private mutating func scalar() throws(Failure) -> JSONValue {
    switch peek() {
    case nil: throw malformed("the document ends too early")
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where takeWord("true"): return .bool(true)
    case UInt8(ascii: "f") where takeWord("false"): return .bool(false)
    case UInt8(ascii: "n") where takeWord("null"): return .null
    case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return try anyNumber()
    default: throw malformed("a value is expected")
    }
  }

  /// Consumes `null` if it is next.
  package mutating func skipNull() -> Bool {
    peek() == UInt8(ascii: "n") && takeWord("null")
  }

  /// Consumes one number.
  package mutating func number() throws(Failure) -> Double {
    guard let value = try anyNumber().doubleValue else { throw malformed("a number is expected") }
    return value
  }

  /// Consumes one integer that is not negative and fits `Int`.
  package mutating func integer() throws(Failure) -> Int {
    guard case .integer(let value) = try anyNumber(), value >= 0 else {
      throw malformed(
        "an integer of at least 0 and at most \(Int.max) is expected", at: tokenStart)
    }
    return value
  }

  /// Consumes an array of at most `limit` values, each with `element`.
  package mutating func array<Element>(
    limit: Int, of element: (inout Self) throws(Failure) -> Element
  ) throws(Failure) -> [Element] {
    var values: [Element] = []
    try array { scanner throws(Failure) in
      guard values.count < limit else {
        throw scanner.malformed("at most \(limit) numbers are expected")
      }
      values.append(try element(&scanner))
    }
    return values
  }

  /// Consumes an array of numbers.
  package mutating func numbers(limit: Int) throws(Failure) -> [Double] {
    try array(limit: limit) { scanner throws(Failure) in try scanner.number() }
  }

  /// Consumes an array of integers that are not negative.
  package mutating func integers(limit: Int) throws(Failure) -> [Int] {
    try array(limit: limit) { scanner throws(Failure) in try scanner.integer() }
  }

  /// Checks that only white space is left.
  package mutating func expectEnd() throws(Failure) {
    guard peek() == nil else { throw malformed("unexpected text after the document") }
  }
}
