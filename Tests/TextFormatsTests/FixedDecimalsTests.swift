import Testing
import TextFormats

@Suite struct FixedDecimalsTests {
  @Test(arguments: [
    (0.0, 0, "0"), (1.995, 1, "2.0"), (0.05, 3, "0.050"), (-1.25, 1, "-1.2"),
    (1e15, 2, "1000000000000000.00"),
    (12.4, -3, "12"), (0.1, 99, "0.10000000000000001"),
  ])
  func writesAsManyDecimalsAsAskedFor(value: Double, digits: Int, expected: String) {
    #expect(value.fixed(digits: digits) == expected)
  }

  @Test func writesTheLargestAndTheNonFinite() {
    let largest = (-Double.greatestFiniteMagnitude).fixed(digits: 17)
    #expect(largest.utf8.count == 1 + 309 + 1 + 17)
    #expect(Double(largest) == -.greatestFiniteMagnitude)
    #expect(Double.infinity.fixed(digits: 2) == "inf")
    #expect(Double.nan.fixed(digits: 2) == "nan")
  }
}
