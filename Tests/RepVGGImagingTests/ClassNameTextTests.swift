import RepVGGImaging
import Testing

@Suite struct ClassNameTextTests {
  @Test(arguments: [
    (#"{0: 'person', 1: "driver's seat"}"#, [0: "person", 1: "driver's seat"]),
    (#"{0: 'it\'s', 12: 'a\\b\n', }"#, [0: "it's", 12: "a\\b\n"]),
    (#"{"0": "cat", "1": "d\u006fg"}"#, [0: "cat", 1: "dog"]),
    (#"["cat", 'dog']"#, [0: "cat", 1: "dog"]),
    ("  { }  ", [:]), ("[]", [:]),
  ])
  func listsAndDictionariesAreRead(text: String, names: [Int: String]) {
    #expect(ClassNameText.names(text) == names)
  }

  @Test(arguments: [
    "", "{", "[", "person", "{0: person}", "{0: 'a', 0: 'b'}", "{-1: 'a'}", "{0 'a'}", "['a'] x",
    "{99999999999999999999: 'a'}", "['a' 'b']", #"['a\"#, #"['\x4']"#, #"['\ud800']"#, "{0:", "{'0",
    "['unclosed",
  ])
  func everythingElseIsNot(text: String) {
    #expect(ClassNameText.names(text) == nil)
  }
}
