import Foundation
import Testing

/// Links from one document to another lead to a file, and to a heading of it where they name one.
@Suite struct DocumentLinkTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// README, the pages of `docs` and the READMEs of examples and benchmarks.
  private static func documents() throws -> [String] {
    try [
      "", "docs/", "examples/link/", "examples/digits/", "examples/detector/", "Benchmarks/Peers/",
    ].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
        .filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
  }

  /// The targets of a text's links, but for those of other sites.
  private static func targets(_ text: String) -> [String] {
    text.components(separatedBy: "](").dropFirst()
      .compactMap { $0.components(separatedBy: ")").first }
      .filter { !$0.contains("://") }
  }

  /// The anchors of a text's headings, as GitHub makes them.
  private static func anchors(_ text: String) -> Set<String> {
    Set(
      text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
        line.drop { $0 == "#" }.dropFirst().lowercased()
          .filter { $0.isLetter || $0.isNumber || "- _".contains($0) }
          .replacingOccurrences(of: " ", with: "-")
      })
  }

  @Test func everyLinkLeadsToAFileAndAHeading() throws {
    var count = 0
    for document in try Self.documents() {
      let folder = Self.root.appending(path: document).deletingLastPathComponent()
      for target in Self.targets(try Self.text(document)) {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let file =
          parts[0].isEmpty
          ? Self.root.appending(path: document) : folder.appending(path: String(parts[0]))
        #expect(
          FileManager.default.fileExists(atPath: file.path), "\(document): no file at \(target)")
        if parts.count == 2 {
          let text = try String(contentsOf: file, encoding: .utf8)
          #expect(
            Self.anchors(text).contains(String(parts[1])), "\(document): no heading at \(target)")
        }
        count += 1
      }
    }
    #expect(count >= 10)
  }

  @Test func linksAndHeadingsAreFound() {
    #expect(Self.targets("[a](b.md#c) ![d](e.png), [f](https://g)") == ["b.md#c", "e.png"])
    #expect(
      Self.anchors("# A title, with `code`\ntext\n## 2 - two") == ["a-title-with-code", "2---two"])
  }
}
