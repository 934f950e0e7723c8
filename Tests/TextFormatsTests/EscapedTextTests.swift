import Testing
import TextFormats

@Suite struct EscapedTextTests {
  @Test(arguments: [
    ("plain name.pth", "plain name.pth"), ("back\\slash", "back\\slash"), ("a\nb", "a\\nb"),
    ("a\\\nb", "a\\\\\\nb"), ("\t\r\u{1B}[31m\u{7F}\u{9B}", "\\t\\r\\x1b[31m\\x7f\\x9b"),
    ("\u{202E}gpj", "\\u{202e}gpj"), ("\u{2028}", "\\u{2028}"), ("\u{0}", "\\x00"), ("é😀漢", "é😀漢"),
    ("\r\n", "\\r\\n"),
  ])
  func escapesWhatMovesTheCursor(text: String, expected: String) {
    #expect(text.escapedForDisplay == expected)
  }

  @Test func shortensLongTexts() {
    #expect("abc".quotedForDisplay() == "'abc'")
    let text = String(repeating: "a", count: 300) + String(repeating: "z", count: 300)
    #expect(text.quotedForDisplay(limit: 10) == "'aaaaa[...]zzzzz'")
    let oneCharacter = "e" + String(repeating: "\u{301}", count: 10_000)
    #expect(oneCharacter.quotedForDisplay().utf8.count < 400)
  }
}
