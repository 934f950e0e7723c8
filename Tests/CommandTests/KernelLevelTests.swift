import Foundation
import TestSupport
import Testing

/// `REPVGG_ISA` chooses among the levels that the CPU can run; every one gives the right logits.
@Suite struct KernelLevelTests {
  static let levels = ["portable", "avx2", "avx512"]

  private struct Document: Decodable {
    struct System: Decodable { let isa: String }
    let system: System
  }

  /// The level in use.
  private static func level(_ name: String?) throws -> String {
    let outcome = try ToolProcess.bench.run(
      ["system", "--format", "json"], environment: name.map { ["REPVGG_ISA": $0] } ?? [:])
    #expect(outcome.code == 0, "\(outcome.messages)")
    return try JSONDecoder().decode(Document.self, from: outcome.outputBytes).system.isa
  }

  /// A reachable level is used, of an unreachable one the best below it.
  @Test(arguments: levels) func aLevelIsUsedOrTheBestBelow(_ name: String) throws {
    let best = try #require(Self.levels.firstIndex(of: try Self.level(nil)))
    let wanted = try #require(Self.levels.firstIndex(of: name))
    #expect(try Self.level(name) == Self.levels[min(best, wanted)])
  }

  @Test(arguments: ["", "AVX2", "avx2 ", "sse9", "avx10", "portable\n", "💥"])
  func anUnknownNameIsIgnored(_ name: String) throws {
    #expect(try Self.level(name) == Self.level(nil))
  }

  private static func canRun(_ names: String...) -> Bool {
    names.allSatisfy { ToolProcess(installed: $0).exists }
  }

  /// A CPU without AVX-512: valgrind's.
  @Test(.enabled(if: canRun("valgrind", "objcopy"), "valgrind or objcopy is not installed"))
  func anUnreachableLevelFallsBack() throws {
    let folder = try TemporaryFolder()
    // Valgrind does not know Swift's debugging information.
    let program = folder.path("repvgg-bench")
    let copy = try ToolProcess(installed: "objcopy").run(
      ["--strip-debug", ToolProcess.bench.executable.path, program])
    try #require(copy.code == 0, "\(copy.messages)")
    let outcome = try ToolProcess(installed: "valgrind").run(
      ["--tool=none", "--quiet", program, "system", "--format", "json"],
      environment: ["REPVGG_ISA": "avx512"])
    try #require(outcome.code == 0, "\(outcome.messages)")
    let used = try JSONDecoder().decode(Document.self, from: outcome.outputBytes).system.isa
    #expect(["portable", "avx2"].contains(used))
  }

  static let fixtures = CommandFixture.trained.filter { ["tiny", "tiny-g2"].contains($0.folder) }

  /// Levels beyond this CPU's fall back, and have to be right all the same.
  @Test(arguments: levels, ["auto", "winograd", "direct", "im2col"])
  func everyLevelGivesTheLogitsOfPyTorch(level: String, algorithm: String) throws {
    for fixture in Self.fixtures {
      let folder = try TemporaryFolder()
      for (index, (input, logits)) in fixture.cases.enumerated() {
        let output = folder.path("logits-\(index).npy")
        let outcome = try ToolProcess.repvgg.run(
          [
            "run", fixture.path, "--input", input, "--output", output, "--algorithm", algorithm,
            "--threads", "2",
          ], environment: ["REPVGG_ISA": level])
        #expect(outcome.code == 0, "\(outcome.messages)")
        #expect(try relativeL2(file: output, reference: logits) <= 1e-5)
      }
    }
  }

  @Test(arguments: levels, ["fast", "exact", "compact"])
  func everyPolicyIsRightAtEveryLevel(level: String, policy: String) throws {
    let folder = try TemporaryFolder()
    let output = folder.path("logits.npy")
    let outcome = try ToolProcess.repvgg.run(
      [
        "run", CommandFixture.path("tiny/train.safetensors"), "--input",
        CommandFixture.path("tiny/input.npy"), "--output", output, "--policy", policy,
      ], environment: ["REPVGG_ISA": level])
    #expect(outcome.code == 0, "\(outcome.messages)")
    #expect(
      try relativeL2(file: output, reference: CommandFixture.path("tiny/logits_train.npy")) <= 1e-5)
  }
}
