import Testing
import TextFormats

@Suite struct JSONWriterTests {
  private let document: JSONValue = [
    "schema_version": 1, "name": "A\"0\"\n", "ratio": 1.5, "ok": true, "nothing": nil,
    "samples": [1, 2, 3], "rows": [["a": []], [:]], "empty": [],
  ]

  @Test func keepsTheOrderOfKeys() {
    let text = JSONWriter(.compact).text(document)
    #expect(
      text
        == #"{"schema_version":1,"name":"A\"0\"\n","ratio":1.5,"ok":true,"nothing":null,"#
        + #""samples":[1,2,3],"rows":[{"a":[]},{}],"empty":[]}"#)
  }

  @Test func laysOutForReaders() {
    #expect(
      JSONWriter(.pretty).text(document) == """
        {
          "schema_version": 1,
          "name": "A\\"0\\"\\n",
          "ratio": 1.5,
          "ok": true,
          "nothing": null,
          "samples": [1, 2, 3],
          "rows": [
            {
              "a": []
            },
            {}
          ],
          "empty": []
        }
        """)
  }

  @Test func writesNumbersThatReadBackEqual() throws {
    let doubles: [Double] = [
      0.1, 1, -0.0, 1e-5, 1e16, 1e21, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      .leastNormalMagnitude,
      1 / 3, 123_456_789.123, -1e-300, 4503599627370497.5,
    ]
    let text = JSONWriter(.compact).text(JSONValue(doubles))
    let read = try #require(try JSONReader().value(text).arrayValue)
    #expect(read.compactMap(\.doubleValue).map(\.bitPattern) == doubles.map(\.bitPattern))
    let integers: JSONValue = [.integer(.max), .integer(.min), JSONValue(UInt64.max), 0]
    #expect(
      JSONWriter(.compact).text(integers)
        == "[9223372036854775807,-9223372036854775808,18446744073709551615,0]")
    #expect(try JSONReader().value(JSONWriter(.compact).text(integers)) == integers)
  }

  @Test func writesNullForWhatIsNoNumber() {
    let values: JSONValue = [.double(.nan), .double(.infinity), .double(-.infinity)]
    #expect(JSONWriter(.compact).text(values) == "[null,null,null]")
  }

  @Test func escapesTexts() throws {
    let text = "\u{0}\u{1F}\u{7F}\u{8}\t\\/\"é😀\u{2028}\u{9B}\u{202E}</script>"
    let plain = JSONWriter(.compact).text(.string(text))
    #expect(plain == "\"\\u0000\\u001f\\u007f\\u0008\\t\\\\/\\\"é😀\\u2028\\u009b\\u202e</script>\"")
    let html = JSONWriter(.compact, escapesForHTML: true).text(.string(text))
    #expect(!html.contains("<") && !html.contains("\u{2028}"))
    #expect(try JSONReader().value(plain) == .string(text))
    #expect(try JSONReader().value(html) == .string(text))
  }

  @Test func changesObjectsInPlace() {
    var object: JSONObject = ["a": 1, "b": 2, "c": 3, "a": 4]
    object["b"] = nil
    object["d"] = 5
    object["c"] = nil as JSONValue?
    object["d"] = 6
    object["none"] = nil
    #expect(object.keys == ["a", "d"])
    #expect(object["a"] == 4)
    #expect(object["d"] == 6)
    #expect(object["b"] == nil)
    #expect(object.count == 2)
  }

  @Test func givesPartsByKeyAndIndex() {
    #expect(document["samples"]?[1]?.integerValue == 2)
    #expect(document["samples"]?[3] == nil)
    #expect(document["samples"]?[-1] == nil)
    #expect(document["name"]?["x"] == nil)
    #expect(document["nothing"]?.isNull == true)
    #expect(document["ratio"]?.integerValue == nil)
    #expect(document["schema_version"]?.doubleValue == 1)
    #expect(document["ok"]?.boolValue == true)
    #expect(JSONValue(nil as Double?) == nil)
    #expect(JSONValue(UInt64(7)) == 7)
  }
}

@Suite struct JSONReaderTests {
  private func reason(_ text: String, _ reader: JSONReader = JSONReader()) -> String? {
    do {
      _ = try reader.value(text)
      return nil
    } catch { return "\(error.line):\(error.column) \(error.reason)" }
  }

  @Test func readsEveryKindOfValue() throws {
    let text =
      " {\"a\" : [ null , true,false, -0, 0, -12, 3.5e+2, 1E-1, \"\\u00e9\\ud83d\\ude00\\/\" ] } \r\n\t"
    let expected: JSONValue = [
      "a": [nil, true, false, .double(-0.0), 0, -12, 350.0, 0.1, "é😀/"]
    ]
    #expect(try JSONReader().value(text) == expected)
    #expect(try JSONReader().value("7") == 7)
    #expect(try JSONReader().value("18446744073709551616") == .double(18446744073709551616))
  }

  @Test(arguments: [
    ("", "1:1 the document ends too early"), ("[1,]", "1:4 a value is expected"),
    ("{\"a\":1,}", "1:8 a key in quotes is expected"), ("[1 2]", "1:4 ',' or ']' is expected"),
    ("{\"a\" 1}", "1:6 ':' is expected after a key"), ("{a:1}", "1:2 a key in quotes is expected"),
    ("{\"a\":1 \"b\":2}", "1:8 ',' or '}' is expected"),
    ("1 2", "1:3 unexpected text after the document"),
    ("[\n  01]", "2:3 a number has a leading zero"), ("-", "1:2 a digit is expected"),
    ("1.", "1:3 a digit is expected after the point"),
    ("1e", "1:3 a digit is expected in the exponent"),
    ("1e999", "1:1 a number is too large"), ("+1", "1:1 a value is expected"),
    ("nul", "1:1 a value is expected"),
    ("NaN", "1:1 a value is expected"), ("\"a", "1:1 a text has no closing quote"),
    ("\"a\n\"", "1:3 a control character stands in a text"), ("\"\\x\"", "1:2 an unknown escape"),
    ("\"\\ud800\"", "1:2 a lone surrogate"), ("\"\\udc00\"", "1:2 a lone surrogate"),
    ("\"\\ud800\\u0041\"", "1:2 a lone surrogate"),
    ("\"\\u12g4\"", "1:6 four hexadecimal digits are expected"),
    ("\"\\", "1:2 a text has no closing quote"),
    ("{\"a\":1,\"a\":2}", "1:8 the key 'a' occurs twice in one object"),
    ("\u{FEFF}1", "1:1 a value is expected"), ("[1]//", "1:4 unexpected text after the document"),
    ("'a'", "1:1 a value is expected"),
  ])
  func refusesWhatIsNoJSON(text: String, expected: String) {
    #expect(reason(text) == expected)
  }

  /// Unicode's normalization takes quadratic time for them, and keys are compared by it.
  @Test func refusesManyCombiningMarksInARow() throws {
    func document(_ count: Int, escaped: Bool = false) -> String {
      let pair = escaped ? "\\u0300\\u0315" : "\u{300}\u{315}"
      return "{\"a\(String(repeating: pair, count: count / 2))\":1,\"b\":\"\u{300}\"}"
    }
    #expect(try JSONReader().value(document(30)).objectValue?.count == 2)
    for text in [document(32), document(32, escaped: true), document(400_000)] {
      let error = #expect(throws: JSONError.self) { try JSONReader().value(text) }
      #expect(error?.reason.contains("combining marks") == true)
    }
  }

  @Test func refusesWhatIsNoUTF8() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
    ] {
      #expect(throws: JSONError.self) { try JSONReader().value(bytes: bytes) }
    }
  }

  @Test func boundsDepthAndSize() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(reason(deep) == "1:65 more than 64 levels of arrays and objects")
    #expect(reason(String(repeating: "{\"a\":", count: 600), JSONReader(maximumDepth: .max)) != nil)
    let full = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(reason(full) == nil)
    #expect(
      reason("[1,2]", JSONReader(maximumByteCount: 4)) == "1:1 5 bytes are more than the limit of 4"
    )
  }

  @Test func survivesEveryTruncationAndChange() throws {
    let text = #"{"a":[1,-2.5e3,"x\u00e9\n",true,null],"b":{"c":"\ud83d\ude00"}}"#
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSONReader().value(bytes: Array(bytes[..<count])) }
    }
    for index in bytes.indices {
      for byte: UInt8 in [0, 0x22, 0x5B, 0x5D, 0x7B, 0x7D, 0x2C, 0x3A, 0x5C, 0x30, 0x65, 0xFF] {
        var changed = bytes
        changed[index] = byte
        // Whatever is read without an error can be written and read again.
        guard let value = try? JSONReader().value(bytes: changed) else { continue }
        #expect(try JSONReader().value(JSONWriter(.pretty).text(value)) == value)
      }
    }
  }
}
