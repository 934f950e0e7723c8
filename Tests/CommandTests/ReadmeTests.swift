import CommandLineKit
import Foundation
import TestSupport
import Testing

/// What the README shows is what the examples compile and the tools print.
@Suite struct ReadmeTests {
  private static let root = Fixture.root.deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The contents of the fenced blocks of a language.
  private static func blocks(_ language: String, in text: String) -> [String] {
    text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
  }

  /// `scripts/test` builds and runs the example.
  @Test func theLibraryExampleIsTheOneThatIsCompiled() throws {
    let readme = try Self.text("README.md")
    let example = try Self.text("examples/link/Sources/link/TopClasses.swift")
    let blocks = Self.blocks("swift", in: readme)
    #expect(blocks.contains(example), "README.md and examples/link differ")
    let lines = example.split(separator: "\n")
    #expect(lines.count <= 13)
  }

  @Test func theDependencyIsTheOneThatIsCompiled() throws {
    let manifest = try Self.text("examples/link/Package.swift")
    let readme = try Self.text("README.md")
    #expect(manifest.contains(#".product(name: "RepVGG", package: "RepVGG")"#))
    #expect(readme.contains(#".product(name: "RepVGG", package: "RepVGG")"#))
  }

  @Test func everyExitCodeIsListed() throws {
    let readme = try Self.text("README.md")
    let start = try #require(readme.range(of: "exit codes are "))
    let end = try #require(readme.range(of: ".\n", range: start.upperBound..<readme.endIndex))
    let listed = readme[start.upperBound..<end.lowerBound].split { " ,\n".contains($0) }
      .compactMap { Int32($0) }
    #expect(listed == ExitCode.allCases.map(\.rawValue).sorted())
  }

  /// Every command line of the README that starts with a tool's name parses: its help exists.
  @Test func everyCommandExists() throws {
    let readme = try Self.text("README.md")
    let lines = Self.blocks("sh", in: readme).flatMap { $0.split(separator: "\n") }
    var tried = 0
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      guard let tool = [ToolProcess.repvgg, .bench].first(where: { $0.name == words.first }),
        words.count > 1
      else { continue }
      let options = words.filter { $0.hasPrefix("--") }
      let help = try tool.run(expecting: 0, [words[1], "--help"]).output
      for option in options { #expect(help.contains(option), "\(option) of \(line)") }
      tried += 1
    }
    #expect(tried >= 4)
  }

  /// README and every page of `docs`.
  private static func documents() throws -> [String] {
    let folder = root.appending(path: "docs").path
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
    return (pages + ["README.md"]).sorted()
  }

  @Test func pathsThatAreNamedExist() throws {
    let documents = try Self.documents()
    #expect(documents.count >= 8)
    let folders = ["Sources/", "Tests/", "Benchmarks/", "scripts/", "docs/", "examples/"]
    for document in documents {
      let words = try Self.text(document).split { " \n\t()[]`,;:|".contains($0) }
      let paths = words.filter { word in
        folders.contains { word.hasPrefix($0) } && !word.contains("*") && !word.contains("{")
      }
      for path in Set(paths) {
        let trimmed = path.hasSuffix(".") ? path.dropLast() : path
        #expect(
          FileManager.default.fileExists(atPath: Self.root.appending(path: String(trimmed)).path),
          "\(path), in \(document)")
      }
    }
  }
}
