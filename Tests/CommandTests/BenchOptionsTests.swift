import Foundation
import TestSupport
import Testing

/// What `repvgg-bench run` makes of `--pin`, `--streams`, `--policy`, `--algorithm` and `--size`.
@Suite(.serialized) struct BenchOptionsTests {
  struct Document: Decodable {
    struct Scenario: Decodable {
      let form: String
      let input: [Int]
      let policy: String
      let algorithm: String
      let pin: String
      let streams: Int
      let batches_per_sample: Int
      let images_per_second: Double
      let summary: BenchDocument.Summary
      let memory: BenchDocument.Memory
    }
    let scenarios: [Scenario]
  }
  struct Layers: Decodable {
    struct Row: Decodable {
      let layer: String
      let algorithm: String
    }
    let rows: [Row]
  }

  private static let weights = CommandFixture.path("tiny/train.safetensors")
  private static let quick = [
    "--weights", weights, "--min-time", "0.02", "--threads", "1", "--format", "json",
  ]

  private func scenarios(_ words: [String]) throws -> [Document.Scenario] {
    let outcome = try ToolProcess.bench.run(
      expecting: 0, ["run", "--form", "plain", "--size", "48"] + Self.quick + words)
    return try JSONDecoder().decode(Document.self, from: outcome.outputBytes).scenarios
  }

  /// The algorithms of the convolutions.
  private func algorithms(_ words: [String]) throws -> [String] {
    let outcome = try ToolProcess.bench.run(
      expecting: 0, ["layers", "--size", "48"] + Self.quick + words)
    return try JSONDecoder().decode(Layers.self, from: outcome.outputBytes).rows
      .filter { $0.layer.contains("conv") }.map(\.algorithm)
  }

  @Test func pinningIsRecordedAndChecked() throws {
    let cpus = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      .split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let first = try #require(cpus?.split(whereSeparator: { !$0.isNumber }).first)
    #expect(try scenarios(["--pin", String(first)]).map(\.pin) == [String(first)])
    #expect(try scenarios(["--pin", "\(first)-\(first)"]).map(\.pin) == [String(first)])
    #expect(try scenarios(["--pin", "auto"]).map(\.pin) == ["auto"])
    #expect(try scenarios([]).map(\.pin) == ["none"])
    for wrong in ["4095", "\(first),4095", "0,0", "0,0-1", "1-0", "-1", "x", ""] {
      let outcome = try ToolProcess.bench.run(
        expecting: 64, ["run", "--pin=\(wrong)", "--size", "48"] + Self.quick)
      #expect(outcome.output.isEmpty)
    }
  }

  @Test func streamsAreCounted() throws {
    let scenarios = try scenarios(["--streams", "1,3"])
    #expect(scenarios.map(\.streams) == [1, 3])
    let (one, three) = (scenarios[0], scenarios[1])
    #expect(one.batches_per_sample == 1)
    #expect(three.batches_per_sample > 3 && three.batches_per_sample % 3 == 0)
    for scenario in scenarios {
      let rate = Double(scenario.batches_per_sample) * 1e9 / scenario.summary.median_ns
      #expect(abs(scenario.images_per_second - rate) <= 1e-9 * rate)
      #expect(scenario.memory.allocations_per_run == 0)
    }
    // Streams share the packed weights.
    #expect(one.memory.packed_weight_bytes == three.memory.packed_weight_bytes)
  }

  @Test func policiesChooseAlgorithms() throws {
    #expect(try Set(algorithms(["--policy", "exact"])) == ["direct"])
    let fast = try #require(try scenarios(["--policy", "fast"]).first)
    let compact = try #require(try scenarios(["--policy", "compact"]).first)
    #expect([fast.policy, compact.policy] == ["fast", "compact"])
    #expect(compact.memory.packed_weight_bytes <= fast.memory.packed_weight_bytes)
  }

  @Test(arguments: ["direct", "winograd", "im2col"]) func anAlgorithmCanBeForced(_ name: String)
    throws
  {
    let used = try algorithms(["--algorithm", name])
    // The stem has three channels; there an algorithm may refuse.
    #expect(used.dropFirst().allSatisfy { $0.hasPrefix(name) }, "\(used)")
    #expect(try scenarios(["--algorithm", name]).map(\.algorithm) == [name])
  }

  @Test func sizesMayBeOblong() throws {
    let outcome = try ToolProcess.bench.run(
      expecting: 0, ["run", "--form", "plain", "--size", "64x40,33"] + Self.quick)
    let document = try JSONDecoder().decode(Document.self, from: outcome.outputBytes)
    #expect(document.scenarios.map(\.input) == [[1, 3, 64, 40], [1, 3, 33, 33]])
  }
}
