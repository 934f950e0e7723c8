import Foundation
import RepVGG
import TestSupport
import Testing

/// `repvgg-bench run`: its documents, on a network small enough to be measured in no time.
///
/// Serialized, so that the forms of one run are not disturbed by another's more than needed.
@Suite(.serialized) struct BenchRunTests {
  private static let weights = CommandFixture.path("tiny-g2/train.safetensors")
  private static let quick = ["--weights", weights, "--min-time", "0.05", "--threads", "1"]

  private func document(_ words: [String], code: Int32 = 0) throws -> BenchDocument {
    let outcome = try ToolProcess.bench.run(expecting: code, ["run", "--format", "json"] + words)
    return try JSONDecoder().decode(BenchDocument.self, from: outcome.outputBytes)
  }

  /// A block of a RepOpt target has one convolution and one batch norm, and no other branches.
  @Test func countsAreThoseOfTheFile() throws {
    let weights = CommandFixture.path("repopt-tiny/train.safetensors")
    let report = try InspectTests.report(weights)
    let scenarios = try document([
      "--weights", weights, "--min-time", "0.05", "--threads", "1", "--size", "224",
    ]).scenarios
    #expect(scenarios.map(\.form) == ["branched", "folded", "plain"])
    #expect(scenarios[0].static.params == report.params)
    #expect(scenarios.allSatisfy { $0.static.macs == report.plain.macs })
    #expect(scenarios[1].static.params == report.plain.params)
    #expect(scenarios[0].memory.weight_bytes == 4 * report.params)
  }

  @Test func theDocumentIsCompleteAndConsistent() throws {
    let document = try document(Self.quick + ["--size", "48x32", "--batch", "2"])
    #expect(document.schema_version == 1)
    #expect(document.tool.name == "repvgg-bench")
    #expect(!document.interrupted)
    for text in [document.system.cpu, document.system.isa, document.system.blas_version] {
      #expect(!text.isEmpty)
    }
    #expect(document.system.core_design == Machine.current.design.name)
    #expect(document.system.core_design_is_default == Machine.current.design.isDefault)
    #expect(document.scenarios.map(\.form) == ["branched", "folded", "plain"])
    let report = try InspectTests.report(Self.weights)
    let network = try Network(contentsOf: Self.weights)
    for (scenario, form) in zip(document.scenarios, Form.allCases) {
      #expect(scenario.model == report.architecture)
      #expect((scenario.batch, scenario.threads) == (2, 1))
      #expect(scenario.input == [2, 3, 48, 32])
      let counts = try network.counts(form: form, height: 48, width: 32)
      #expect(scenario.static.params == counts.parameters)
      #expect(scenario.static.macs == counts.multiplyAccumulates)
      #expect(scenario.memory.weight_bytes == 4 * counts.parameters)
      #expect(scenario.memory.allocations_per_run == 0)
      #expect(scenario.memory.packed_weight_bytes > 0)
      #expect(scenario.memory.workspace_bytes >= 0)
      // The input alone, as the first layer reads it, and what that layer puts out; one image's
      // where the first stages are run image by image.
      let images = form == .plain ? 1 : 2
      #expect(scenario.memory.activation_peak_bytes > 4 * images * (3 * 48 * 32 + 16 * 24 * 16))
      #expect((1 << 20...1 << 30).contains(scenario.memory.peak_rss_bytes))
      #expect(scenario.phases_ns.load > 0 && scenario.phases_ns.first > 0)
      #expect(scenario.phases_ns.plan > 0)

      let samples = scenario.samples_ns
      let summary = scenario.summary
      #expect(summary.n == samples.count && samples.count >= 5)
      #expect(summary.min_ns == samples.min())
      let sorted = samples.sorted()
      let median = (sorted[(samples.count - 1) / 2] + sorted[samples.count / 2]) / 2
      #expect(abs(summary.median_ns - median) <= 1e-9 * median)
      #expect(summary.min_ns <= summary.median_ns && summary.median_ns <= summary.p95_ns)
      #expect(summary.mad_ns >= 0)
      let rate = 2e9 / summary.median_ns
      #expect(abs(scenario.images_per_second - rate) <= 1e-9 * rate)
    }
  }

  @Test func ratiosAreThoseOfTheMedians() throws {
    let document = try document(Self.quick + ["--size", "64"])
    let pairs = document.comparisons.map { [$0.baseline, $0.candidate] }
    #expect(pairs.contains(["branched", "plain"]) && pairs.contains(["folded", "plain"]))
    for comparison in document.comparisons {
      func scenario(_ form: String) throws -> BenchDocument.Scenario {
        try #require(document.scenarios.first { $0.form == form })
      }
      let (baseline, candidate) = (
        try scenario(comparison.baseline), try scenario(comparison.candidate)
      )
      let ratio = baseline.summary.median_ns / candidate.summary.median_ns
      #expect(abs(comparison.ratio - ratio) <= 1e-6 * ratio)
      #expect(comparison.ci95.count == 2 && comparison.ci95[0] <= comparison.ci95[1])
      #expect(comparison.ci95[0] <= ratio && ratio <= comparison.ci95[1])
      let activations =
        Double(candidate.memory.activation_peak_bytes)
        / Double(baseline.memory.activation_peak_bytes)
      #expect(abs(comparison.activation_peak_ratio - activations) < 1e-9)
      #expect(comparison.input == candidate.input && comparison.batch == candidate.batch)
    }
  }

  #if arch(x86_64)
    @Test func openBLASUsesTheCPU() throws {
      let flags = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      let core = try document(Self.quick + ["--form", "plain", "--size", "32"]).system.blas_core
      if flags.contains(" avx2 ") || flags.contains(" avx512f ") {
        #expect(!["prescott", "unknown", "generic"].contains(core.lowercased()), "\(core)")
      }
    }
  #endif

  @Test func listsSweep() throws {
    let document = try document(
      Self.quick + ["--form", "plain,branched", "--batch", "1-2", "--size", "32,40x48"])
    #expect(document.scenarios.count == 2 * 2 * 2)
    #expect(document.comparisons.count == 2 * 2)
    #expect(
      document.comparisons.allSatisfy { $0.baseline == "plain" && $0.candidate == "branched" })
    #expect(Set(document.scenarios.map(\.batch)) == [1, 2])
    #expect(
      Set(document.scenarios.map { Array($0.input[2...]) }) == [[32, 32], [40, 48]])
  }

  @Test func aDeployedFileHasItsPlainFormAlone() throws {
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", Self.weights, plain])
    let words = ["--weights", plain, "--min-time", "0.05", "--size", "32"]
    let document = try document(words)
    #expect(document.scenarios.map(\.form) == ["plain"])
    #expect(document.comparisons.isEmpty)
    let refused = try ToolProcess.bench.run(
      expecting: 65, ["run", "--form", "branched"] + words)
    #expect(refused.output.isEmpty)
    #expect(refused.messages.contains(plain) && refused.messages.contains("deployed"))
  }

  // MARK: - Formats

  @Test func textHasATableAndTheConclusion() throws {
    let words = Self.quick + ["--size", "32"]
    let text = try ToolProcess.bench.run(expecting: 0, ["run"] + words).output
    for part in [
      "CPU", "plans", Machine.current.design.name, "OpenBLAS", "core", "branched", "folded",
      "plain", "times as fast as",
    ] {
      #expect(text.contains(part), "\(part) in\n\(text)")
    }
    // The default command is `run`, the default format text.
    let implied = try ToolProcess.bench.run(expecting: 0, words).output
    #expect(implied.contains("times as fast as"))
  }

  @Test func markdownIsATable() throws {
    let text = try ToolProcess.bench.run(
      expecting: 0, ["run", "--format", "md", "--size", "32"] + Self.quick
    ).output
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(rows.count == 2 + 3)
    let columns = rows.map { row in row.count { $0 == "|" } }
    #expect(Set(columns).count == 1)
  }

  @Test func csvIsOneRowAForm() throws {
    let text = try ToolProcess.bench.run(
      expecting: 0, ["run", "--format", "csv", "--size", "32"] + Self.quick
    ).output
    let rows = text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(rows.count == 1 + 3)
    #expect(Set(rows.map(\.count)).count == 1)
    #expect(rows.dropFirst().map { $0[1] } == ["branched", "folded", "plain"])
  }

  // MARK: - Failures

  @Test func badFilesHaveTheirExitCode() throws {
    let folder = try TemporaryFolder()
    try ToolProcess.bench.run(expecting: 66, ["run", "--weights", folder.path("absent")])
    let empty = try folder.file("empty", [])
    try ToolProcess.bench.run(expecting: 65, ["run", "--weights", empty])
    // Found when the plan is made, by the child that measures memory.
    var checkpoint = try Checkpoint(contentsOf: Self.weights)
    let name = "stage1.0.rbr_1x1.bn.running_var"
    checkpoint.tensors[name] = Tensor(shape: [16], elements: [Float](repeating: -1, count: 16))
    let path = folder.path("negative.safetensors")
    try checkpoint.write(safetensors: path)
    let outcome = try ToolProcess.bench.run(
      expecting: 65, ["run", "--weights", path, "--size", "32"])
    #expect(outcome.messages.contains(path) && outcome.messages.contains(name))
    #expect(outcome.messages.split(separator: "\n").count == 1)
    #expect(outcome.output.isEmpty)
  }

  // MARK: - Interruption

  /// Ctrl-C prints what was measured and exits 130.
  @Test(arguments: ["run", "kernels"]) func anInterruptPrintsWhatWasMeasured(_ command: String)
    throws
  {
    // Samples are taken from the fourth second on at the latest, and for nine seconds at least.
    let words = [
      command, "--weights", Self.weights, "--size", "32", "--threads", "1", "--min-time",
      command == "run" ? "3" : "60", "--format", "json",
    ]
    let tool = try ToolProcess.bench.start(words)
    Thread.sleep(forTimeInterval: command == "run" ? 6 : 2)
    #expect(tool.isRunning)
    tool.interrupt()
    let outcome = try tool.finish()
    #expect(outcome.code == 130, "\(outcome.messages)")
    guard command == "run" else {
      struct Kernels: Decodable {
        let interrupted: Bool
        let rows: [BenchKernelsTests.Row]
      }
      let document = try JSONDecoder().decode(Kernels.self, from: outcome.outputBytes)
      #expect(document.interrupted && !document.rows.isEmpty)
      return
    }
    let document = try JSONDecoder().decode(BenchDocument.self, from: outcome.outputBytes)
    #expect(document.interrupted)
    #expect(document.scenarios.map(\.form) == ["branched", "folded", "plain"])
    #expect(document.scenarios.allSatisfy { $0.summary.n > 0 })
  }

  /// Before there is anything to report, the report is empty and still a document.
  @Test func anEarlyInterruptStillGivesADocument() throws {
    let tool = try ToolProcess.bench.start(
      ["run", "--model", "B1", "--min-time", "60", "--format", "json"])
    Thread.sleep(forTimeInterval: 0.4)
    tool.interrupt()
    let outcome = try tool.finish()
    #expect(outcome.code == 130, "\(outcome.messages)")
    let document = try JSONDecoder().decode(BenchDocument.self, from: outcome.outputBytes)
    #expect(document.interrupted && document.scenarios.isEmpty)
  }
}
