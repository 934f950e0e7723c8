import Testing
import TextFormats

@Suite struct JSONScannerTests {
  private struct Failure: Error, Equatable {
    let reason: String
    let position: Int
  }

  private func scan<Result>(
    _ text: String, maximumDepth: Int = 64,
    _ body: (inout JSONScanner<Failure>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Array(text.utf8).withUnsafeBufferPointer { bytes throws(Failure) in
      var scanner = JSONScanner(UnsafeRawBufferPointer(bytes), maximumDepth: maximumDepth) {
        Failure(reason: $0, position: $1)
      }
      let result = try body(&scanner)
      try scanner.expectEnd()
      return result
    }
  }

  @Test func readsWhatItsReaderRequests() throws {
    var found: [String] = []
    try scan(#" {"a": [1, 2], "b": null, "c": {"d": [true, {}]}, "e": -1.5} "#) {
      scanner throws(Failure) in
      try scanner.object { scanner, key throws(Failure) in
        switch key {
        case "a": found.append("a \(try scanner.integers(limit: 2))")
        case "b": found.append("b \(scanner.skipNull())")
        case "e": found.append("e \(try scanner.number())")
        default: try scanner.skipValue()
        }
      }
    }
    #expect(found == ["a [1, 2]", "b true", "e -1.5"])
  }

  @Test func errorsHaveThePositionAndTheTypeOfTheReader() {
    let expected = "an integer of at least 0 and at most \(Int.max) is expected"
    for text in ["[0,-1]", "[0,1.0]", "[0,9223372036854775808]"] {
      #expect(throws: Failure(reason: expected, position: 3)) {
        try scan(text) { scanner throws(Failure) in try scanner.integers(limit: 2) }
      }
    }
    #expect(throws: Failure(reason: "at most 1 numbers are expected", position: 3)) {
      try scan("[0,1]") { scanner throws(Failure) in try scanner.numbers(limit: 1) }
    }
  }

  @Test func depthIsBoundedInWhatIsSkippedToo() throws {
    try scan("[[[0]]]", maximumDepth: 3) { scanner throws(Failure) in try scanner.skipValue() }
    #expect(throws: Failure(reason: "more than 2 levels of arrays and objects", position: 2)) {
      try scan("[[[0]]]", maximumDepth: 2) { scanner throws(Failure) in try scanner.skipValue() }
    }
  }
}
