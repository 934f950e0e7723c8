import Foundation
import TestSupport
import Testing

/// `repvgg-bench report`: from documents of the tool to a page.
@Suite(.serialized) struct BenchReportCommandTests {
  private static let weights = CommandFixture.path("tiny/train.safetensors")
  private static let quick = [
    "--weights", weights, "--size", "32", "--min-time", "0.05", "--threads", "1", "--format",
    "json",
  ]

  /// What the tool measured, as files.
  private func documents(_ folder: TemporaryFolder) throws -> [String] {
    var files: [String] = []
    for command in ["run", "layers", "kernels"] {
      let outcome = try ToolProcess.bench.run(expecting: 0, [command] + Self.quick)
      files.append(try folder.file("\(command).json", outcome.outputBytes))
    }
    let system = try ToolProcess.bench.run(expecting: 0, ["system", "--format", "json"])
    files.append(try folder.file("system.json", system.outputBytes))
    return files
  }

  @Test func documentsOfTheToolBecomeAPage() throws {
    let folder = try TemporaryFolder()
    let files = try documents(folder)
    let page = folder.path("page.html")
    let outcome = try ToolProcess.bench.run(
      expecting: 0, ["report"] + files + ["--html", page, "--title", "Tiny & fast"])
    #expect(outcome.output.isEmpty && outcome.messages.isEmpty)
    let text = try String(contentsOfFile: page, encoding: .utf8)
    for part in [
      "<!DOCTYPE html>", "<h1>Tiny &amp; fast</h1>", "id=\"gap\"", "id=\"layers\"",
      "id=\"kernels\"", "stage1.0", "repvgg-bench", "</html>",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    // The same page on standard output, with a document from standard input; then over the file.
    let input = try Data(contentsOf: URL(filePath: files[0]))
    let words = ["report", "-"] + files[1...] + ["--title", "Tiny & fast", "--html"]
    let stream = try ToolProcess.bench.run(words + ["-"], input: input)
    #expect(stream.code == 0 && stream.messages.isEmpty)
    #expect(stream.output.contains("standard input"))
    #expect(try ToolProcess.bench.run(words + [page], input: input).code == 0)
    #expect(try String(contentsOfFile: page, encoding: .utf8) == stream.output)
    #expect(try folder.contents.count == files.count + 1)
  }

  @Test func badDocumentsAreNamedAndNothingIsWritten() throws {
    let folder = try TemporaryFolder()
    let page = folder.path("page.html")
    try Data("before".utf8).write(to: URL(filePath: page))
    let good = try folder.file(
      "good.json",
      try ToolProcess.bench.run(expecting: 0, ["system", "--format", "json"]).outputBytes)
    for (name, content, code) in [
      ("cut.json", "{\"schema_version\": 1, \"scen", 65), ("empty.json", "", 65),
      ("other.json", "{\"name\": \"x\"}", 65),
    ] as [(String, String, Int32)] {
      let file = try folder.file(name, content.utf8)
      let outcome = try ToolProcess.bench.run(
        expecting: code, ["report", good, file, "--html", page])
      #expect(outcome.messages.contains(file), "\(outcome.messages)")
      #expect(outcome.messages.split(separator: "\n").count == 1)
    }
    let absent = folder.path("absent.json")
    let missing = try ToolProcess.bench.run(expecting: 66, ["report", absent, "--html", page])
    #expect(missing.messages.contains(absent))
    try ToolProcess.bench.run(expecting: 66, ["report", folder.url.path, "--html", page])
    let endless = try ToolProcess.bench.run(
      expecting: 65, ["report", "/dev/zero", "--html", page])
    #expect(endless.messages.contains("/dev/zero"))
    #expect(try String(contentsOfFile: page, encoding: .utf8) == "before")
  }

  @Test func wrongUseIsExplained() throws {
    let folder = try TemporaryFolder()
    let good = try folder.file(
      "good.json",
      try ToolProcess.bench.run(expecting: 0, ["system", "--format", "json"]).outputBytes)
    let missing = try ToolProcess.bench.run(expecting: 64, ["report", good])
    #expect(missing.messages.contains("--html"))
    try ToolProcess.bench.run(expecting: 64, ["report", "--html", "-"])
    let labels = try ToolProcess.bench.run(
      expecting: 64, ["report", good, "--label", "a", "--label", "b", "--html", "-"])
    #expect(labels.messages.contains("--label"))
    try ToolProcess.bench.run(expecting: 64, ["report", "-", "-", "--html", "-"])
    let nowhere = folder.path("absent/page.html")
    let refused = try ToolProcess.bench.run(expecting: 73, ["report", good, "--html", nowhere])
    #expect(refused.messages.contains(nowhere))
    let named = try ToolProcess.bench.run(
      expecting: 0, ["report", good, "--label", "the <new> one", "--html", "-"])
    #expect(named.output.contains("the &lt;new&gt; one"))
  }
}
