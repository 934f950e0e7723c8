import Foundation
import TestSupport
import Testing

/// `repvgg-bench compare`: exit 0, 2 for a regression, 3 where the figures do not decide.
@Suite struct BenchCompareTests {
  struct Document: Decodable {
    struct Row: Decodable {
      let scenario: String
      let ratio: Double
      let ci95_lower: Double
      let ci95_upper: Double
      let verdict: String
      let gate: String
    }
    let experiment: String
    let outcome: String
    let rows: [Row]
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let samples: (old: Int, new: Int)
    let medians: (old: Double, new: Double)
    var spread = 0.002
    var words: [String] = []
    let code: Int32
    let verdict: String
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "equal", samples: (40, 40), medians: (1e6, 1.001e6), code: 0, verdict: "no difference"),
    Case(name: "faster", samples: (40, 40), medians: (1e6, 0.8e6), code: 0, verdict: "faster"),
    Case(name: "slower", samples: (40, 40), medians: (1e6, 1.2e6), code: 2, verdict: "slower"),
    Case(
      name: "slower within the tolerance", samples: (40, 40), medians: (1e6, 1.2e6),
      words: ["--tolerance", "0.3"], code: 0, verdict: "no difference"),
    Case(
      name: "a small slowdown beyond a small tolerance", samples: (40, 40), medians: (1e6, 1.02e6),
      words: ["--tolerance", "0.01"], code: 2, verdict: "slower"),
    Case(
      name: "too few samples", samples: (5, 40), medians: (1e6, 2e6), code: 3,
      verdict: "undecided"),
    Case(
      name: "too wide", samples: (15, 15), medians: (1e6, 1.03e6), spread: 0.3, code: 3,
      verdict: "undecided"),
  ]

  private static let words = [
    "--weights", CommandFixture.path("tiny/train.safetensors"), "--size", "32", "--min-time",
    "0.02", "--threads", "1", "--form", "plain",
  ]

  @Test(arguments: cases) func theExitCodeIsTheVerdict(_ example: Case) throws {
    let folder = try TemporaryFolder()
    let measured = try RecordedDocument(measuring: Self.words)
    let old = try measured.with(
      samples: example.samples.old, around: example.medians.old, spread: example.spread
    ).write(to: folder.path("old.json"))
    let new = try measured.with(
      samples: example.samples.new, around: example.medians.new, spread: example.spread
    ).write(to: folder.path("new.json"))
    let outcome = try ToolProcess.bench.run(
      expecting: example.code, ["compare", old, new, "--format", "json"] + example.words)
    let document = try JSONDecoder().decode(Document.self, from: outcome.outputBytes)
    #expect(document.experiment == "compare" && document.rows.count == 1)
    let row = try #require(document.rows.first)
    #expect(row.verdict == example.verdict)
    #expect(row.ci95_lower <= row.ratio && row.ratio <= row.ci95_upper)
    let expected = example.medians.old / example.medians.new
    #expect(abs(row.ratio - expected) <= max(0.01, 2 * example.spread) * expected)
    #expect(document.outcome == [0: "passed", 2: "regressed", 3: "undecided"][example.code])
    let text = try ToolProcess.bench.run(
      expecting: example.code, ["compare", old, new] + example.words)
    #expect(text.output.contains(example.verdict))
  }

  @Test func anotherCPUDecidesNothing() throws {
    let folder = try TemporaryFolder()
    let measured = try RecordedDocument(measuring: Self.words).with(samples: 40, around: 1e6)
    let old = try measured.write(to: folder.path("old.json"))
    let new = try measured.scaled(by: 2).withCPU("Another CPU").write(to: folder.path("new.json"))
    let outcome = try ToolProcess.bench.run(expecting: 3, ["compare", old, new])
    #expect(outcome.output.contains("Another CPU"))
  }

  @Test func onlyTheSameScenariosAreCompared() throws {
    let folder = try TemporaryFolder()
    let measured = try RecordedDocument(measuring: Self.words).with(samples: 40, around: 1e6)
    let old = try measured.write(to: folder.path("old.json"))
    let other = try measured.changed { $0["threads"] = 7 }.write(to: folder.path("other.json"))
    let outcome = try ToolProcess.bench.run(expecting: 65, ["compare", old, other])
    #expect(outcome.messages.contains("other.json") && outcome.output.isEmpty)
  }

  @Test func badFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    let good = try RecordedDocument(measuring: Self.words).write(to: folder.path("good.json"))
    let bad = try folder.file("bad.json", Array("{\"schema_version\": 1".utf8))
    let negative = try RecordedDocument(measuring: Self.words).scaled(by: -1)
      .write(to: folder.path("negative.json"))
    for (first, second, code) in [
      (good, bad, 65), (bad, good, 65), (good, negative, 65), (good, folder.path("absent"), 66),
    ] as [(String, String, Int32)] {
      let outcome = try ToolProcess.bench.run(expecting: code, ["compare", first, second])
      let culprit = first == good ? second : first
      #expect(outcome.messages.contains(culprit), "\(outcome.messages)")
      #expect(outcome.output.isEmpty)
    }
  }
}
