import CommandLineKit
import RepVGG
import Testing

/// Errors of the library and messages of the tools escape the same characters, in the same way.
@Suite struct ErrorTextTests {
  @Test func descriptionsAreEscapedAsMessagesAre() {
    let scalars = (UInt32(0)..<0x3000).compactMap(Unicode.Scalar.init)
    var escapedCount = 0
    for scalar in scalars {
      let name = "a\\\(Character(scalar))b"
      let text = RepVGGError(.badData, "is damaged", file: name, tensor: name).description
      let expected = "\(name): tensor '\(name)': is damaged".escapedForDisplay
      #expect(text == expected)
      // What is escaped already stays as it is.
      #expect(text.escapedForDisplay == text)
      if text.unicodeScalars.count > 2 * name.unicodeScalars.count + 23 { escapedCount += 1 }
    }
    // C0, DEL, C1, two separators, twelve marks of direction.
    #expect(escapedCount == 32 + 33 + 2 + 12)
  }

  @Test func theFileItselfIsNotEscaped() {
    let error = RepVGGError(.missingInput, "is not there", file: "a\nb")
    #expect(error.file == "a\nb")
    #expect(error.description == "a\\nb: is not there")
    #expect(RepVGGError(.badData, "ordinary \\ text").description == "ordinary \\ text")
  }
}
