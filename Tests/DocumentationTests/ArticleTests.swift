import Foundation
import Testing

/// The code in articles is code that is compiled and run somewhere: here, in `examples`, in the tests
/// of the C interface or in those of the Python package.
@Suite struct ArticleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Where code of a language has to occur, letter for letter.
  private static let sources = [
    "swift": [
      "Tests/DocumentationTests/LibraryExamples.swift",
      "examples/link/Sources/link/TopClasses.swift",
    ],
    "c": ["Tests/CABITests/article.c"],
    "python": ["python/tests/test_documentation.py"],
  ]

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The Markdown files for readers of the library.
  private static func articles() throws -> [String] {
    let manager = FileManager.default
    let catalogs = try manager.contentsOfDirectory(atPath: root.appending(path: "Sources").path)
      .map { "Sources/\($0)/\($0).docc" }
    let pages = try catalogs.filter { manager.fileExists(atPath: root.appending(path: $0).path) }
      .flatMap { catalog in
        try manager.contentsOfDirectory(atPath: root.appending(path: catalog).path)
          .filter { $0.hasSuffix(".md") }.map { "\(catalog)/\($0)" }
      }
    return (pages + ["README.md"]).sorted()
  }

  /// The fenced blocks of a text: language and contents, with the newline at the end.
  static func blocks(_ text: String) -> [(language: String, code: String)] {
    var blocks: [(String, String)] = []
    var open: (language: String, lines: [Substring])?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let block = open {
        if line == "```" {
          blocks.append((block.language, block.lines.map { $0 + "\n" }.joined()))
          open = nil
        } else {
          open?.lines.append(line)
        }
      } else if line.hasPrefix("```") {
        open = (String(line.dropFirst(3)), [])
      }
    }
    return blocks
  }

  @Test func everyBlockOfCodeIsCompiledSomewhere() throws {
    let known = try Self.sources.mapValues { try $0.map { "\n" + (try Self.text($0)) } }
    var counts: [String: Int] = [:]
    for article in try Self.articles() {
      for (language, code) in Self.blocks(try Self.text(article)) where language != "sh" {
        let texts = try #require(known[language], "\(article): code in '\(language)'")
        #expect(
          texts.contains { $0.contains("\n" + code) },
          "\(article): not in \(Self.sources[language] ?? []):\n\(code)")
        counts[language, default: 0] += 1
      }
    }
    #expect((counts["swift"] ?? 0) >= 14 && counts["c"] == 2 && counts["python"] == 3)
  }

  /// Nothing is compiled for articles that no article shows.
  @Test func everyExampleIsShown() throws {
    let shown = try Self.articles().flatMap { Self.blocks(try Self.text($0)) }
    let examples = try Self.text("Tests/DocumentationTests/LibraryExamples.swift")
    let functions = examples.components(separatedBy: "\n\nfunc ").dropFirst()
    #expect(functions.count >= 13)
    for function in functions {
      let code = "func " + function.trimmingCharacters(in: .newlines) + "\n"
      #expect(shown.contains { $0.code == code }, "no article shows \(code)")
    }
  }

  @Test func blocksAreFound() {
    let blocks = Self.blocks("a\n```swift\nlet x = 1\n\nlet y = 2\n```\n```c\n```\n```open\nz\n")
    #expect(blocks.map(\.language) == ["swift", "c"])
    #expect(blocks.map(\.code) == ["let x = 1\n\nlet y = 2\n", ""])
  }
}
