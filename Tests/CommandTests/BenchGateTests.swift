import Foundation
import TestSupport
import Testing

/// `repvgg-bench gate`: this build against a recorded run.
@Suite(.serialized) struct BenchGateTests {
  private static let scenario = [
    "--model", "A0", "--size", "32", "--form", "plain", "--threads", "1", "--min-time", "0.1",
  ]

  private func gate(_ baseline: String) throws -> ToolProcess.Outcome {
    try ToolProcess.bench.run(["gate", "--baseline", baseline, "--min-time", "0.1"])
  }

  @Test func aSlowBaselineIsPassed() throws {
    let folder = try TemporaryFolder()
    let baseline = try RecordedDocument(measuring: Self.scenario)
      .with(samples: 40, around: 1e12).write(to: folder.path("base.json"))
    let outcome = try gate(baseline)
    #expect(outcome.code == 0, "\(outcome.messages)")
    #expect(outcome.output.contains("passed") && outcome.output.contains("faster"))
  }

  /// Nothing runs in a microsecond: a regression, or undecided where the machine is noisy.
  @Test func aFastBaselineIsNeverPassed() throws {
    let folder = try TemporaryFolder()
    let baseline = try RecordedDocument(measuring: Self.scenario)
      .with(samples: 40, around: 1e3).write(to: folder.path("base.json"))
    let outcome = try gate(baseline)
    #expect([2, 3].contains(outcome.code), "\(outcome.messages)")
    if outcome.code == 2 {
      #expect(outcome.output.contains("regressed"))
    } else {
      #expect(outcome.output.contains("noisy"), "\(outcome.output)")
    }
  }

  @Test func anotherCPUOrTooFewSamplesDecideNothing() throws {
    let folder = try TemporaryFolder()
    let measured = try RecordedDocument(measuring: Self.scenario)
    let other = try measured.with(samples: 40, around: 1e12).withCPU("Another CPU")
      .write(to: folder.path("other.json"))
    #expect(try gate(other).code == 3)
    let few = try measured.with(samples: 3, around: 1e12).write(to: folder.path("few.json"))
    #expect(try gate(few).code == 3)
  }

  @Test func whatCannotBeMeasuredIsRefused() throws {
    let folder = try TemporaryFolder()
    let measured = try RecordedDocument(measuring: Self.scenario)
    for (key, value) in [
      ("model", "RepVGG-Z9"), ("form", "fused"), ("policy", "reckless"), ("threads", 100_000),
      ("input", [1, 3, 0, 32]), ("input", [1, 4, 32, 32]), ("streams", 1 << 40),
    ] as [(String, Any)] {
      let file = try measured.changed { $0[key] = value }.write(to: folder.path("bad.json"))
      let outcome = try gate(file)
      #expect([64, 65].contains(outcome.code), "\(key): \(outcome.messages)")
      #expect(outcome.output.isEmpty)
    }
    #expect(try gate(folder.path("absent.json")).code == 66)
    #expect(try ToolProcess.bench.run(["gate"]).code == 64)
  }
}
