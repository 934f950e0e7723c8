import CommandLineKit
import Testing

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "abc", 3), ("form", "form", 0), ("form", "from", 1),
    ("ca", "abc", 2), ("kitten", "sitting", 3), ("batch", "bacth", 1), ("abcd", "badc", 2),
    ("a cat", "an abct", 3),
  ])
  func measuresTheDistance(first: String, second: String, distance: Int) {
    #expect(Suggestion.distance(Array(first), Array(second)) == distance)
    #expect(Suggestion.distance(Array(second), Array(first)) == distance)
  }

  @Test func satisfiesTheTriangleInequality() {
    let words = ["", "a", "ab", "ba", "abc", "acb", "bca", "cab", "abca"].map { Array($0) }
    for a in words {
      for b in words {
        for c in words {
          let direct = Suggestion.distance(a, c)
          #expect(direct <= Suggestion.distance(a, b) + Suggestion.distance(b, c))
        }
      }
    }
  }

  @Test func suggestsOnlyWhatIsNear() {
    let names = ["--batch", "--threads", "--format", "--form"]
    #expect(Suggestion.nearest(to: "--bacth", among: names) == "--batch")
    #expect(Suggestion.nearest(to: "--FORMAT", among: names) == "--format")
    #expect(Suggestion.nearest(to: "--thr", among: names) == "--threads")
    #expect(Suggestion.nearest(to: "--zzzzzz", among: names) == nil)
    #expect(Suggestion.nearest(to: "", among: names) == nil)
    #expect(Suggestion.nearest(to: String(repeating: "x", count: 1_000_000), among: names) == nil)
  }
}
