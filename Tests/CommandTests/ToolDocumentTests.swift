import CommandLineKit
import Foundation
import RepVGGTool
import TestSupport
import Testing
import repvgg_bench

/// What the tools say of themselves: sound definitions, and help and manual pages that are read
/// before they change.
///
/// `REPVGG_WRITE_GOLDENS=1 swift test --filter ToolDocumentTests` writes the files anew; it fails,
/// so that nobody leaves the switch on.
@Suite struct ToolDocumentTests {
  private static let tools = [RepVGGCommandLine.tool, BenchCommandLine.tool]
  private static let folder = Fixture.root.appending(path: "CommandDocuments")
  private static let isWriting =
    ProcessInfo.processInfo.environment["REPVGG_WRITE_GOLDENS"] == "1"

  /// A manual page, and the help of the same command in 80 columns.
  private static func documents() throws -> [String: String] {
    let terminal = Terminal(isTerminal: false, reportedWidth: 80, environment: [:])
    var documents: [String: String] = [:]
    for tool in tools {
      documents["\(tool.name).help"] = try tool.helpText([], terminal: terminal)
      for command in tool.root.subcommands where !command.isHidden {
        documents["\(tool.name)-\(command.name).help"] = try tool.helpText(
          [command.name], terminal: terminal)
      }
      for page in ManPage.pages(of: tool) { documents[page.fileName] = page.text }
    }
    return documents
  }

  @Test func definitionsHaveNoProblems() {
    for tool in Self.tools { #expect(tool.definitionProblems.isEmpty) }
  }

  @Test func helpAndManualPagesAreAsStored() throws {
    let documents = try Self.documents()
    #expect(documents.count >= 40)
    if Self.isWriting {
      try? FileManager.default.removeItem(at: Self.folder)
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      for (name, text) in documents {
        try Data(text.utf8).write(to: Self.folder.appending(path: name))
      }
      Issue.record("\(documents.count) files were written, none compared")
      return
    }
    let stored = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(stored) == Set(documents.keys))
    for name in stored.sorted() {
      let golden = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
      #expect(documents[name] == golden, "\(name) differs")
    }
  }

  /// Nothing in them may depend on the machine that they were stored on.
  @Test(arguments: [ToolProcess.repvgg, .bench])
  func theBuiltToolPrintsThem(_ process: ToolProcess) throws {
    let documents = try Self.documents()
    for command in [[], ["help"], [process.name == "repvgg" ? "classify" : "run"]] {
      let name = ([process.name] + command).joined(separator: "-")
      let help = try process.run(
        ["help"] + command, environment: ["COLUMNS": "80", "REPVGG_THREADS": "1"])
      #expect(help.code == 0)
      #expect(help.output == documents[name + ".help"])
      #expect(try process.run(["man"] + command).output == documents[name + ".1"])
    }
  }
}
