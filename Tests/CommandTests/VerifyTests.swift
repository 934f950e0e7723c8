import Foundation
import RepVGG
import TestSupport
import Testing

/// `repvgg verify`: what it accepts and what it finds.
@Suite struct VerifyTests {
  struct Report: Decodable {
    struct Comparison: Decodable {
      let comparison: String
      let images: Int
      let max_abs_error: Double
      let relative_l2: Double
      let top1_agreement: Double
      let tolerance: Double
      let ok: Bool
    }
    let schema_version: Int
    let file: String
    let architecture: String
    let ok: Bool
    let comparisons: [Comparison]
  }

  private func report(_ code: Int32, _ words: [String]) throws -> Report {
    let outcome = try ToolProcess.repvgg.run(expecting: code, ["verify", "--json"] + words)
    return try JSONDecoder().decode(Report.self, from: outcome.outputBytes)
  }

  @Test(arguments: CommandFixture.trained) func goodFilesPass(_ fixture: CommandFixture) throws {
    for (input, logits) in fixture.cases {
      let report = try report(
        0, [fixture.path, "--input", input, "--logits", logits, "--random", "1", "--size", "64"])
      #expect(report.ok)
      #expect(
        report.comparisons.map(\.comparison) == [
          "branched against plain, 1 random images", "branched against plain, given images",
          "branched against stored logits", "plain against stored logits",
        ])
      for comparison in report.comparisons {
        #expect(comparison.ok)
        #expect(comparison.relative_l2 <= 1e-5)
        #expect(comparison.top1_agreement == 1)
      }
    }
  }

  @Test func wrongLogitsAreAMismatch() throws {
    let folder = try TemporaryFolder()
    let file = CommandFixture.path("tiny/train.safetensors")
    let input = CommandFixture.path("tiny/input.npy")
    let stored = try NPYArray(contentsOf: CommandFixture.path("tiny/logits_train.npy"))
    var logits = try stored.floats()
    logits[3] += 0.01
    let slightlyWrong = folder.path("slightly.npy")
    try NPYArray(Tensor(shape: stored.shape, elements: logits)).write(to: slightlyWrong)
    logits.reverse()
    let wrong = folder.path("wrong.npy")
    try NPYArray(Tensor(shape: stored.shape, elements: logits)).write(to: wrong)

    let words = [file, "--input", input, "--random", "0", "--logits"]
    let slight = try report(2, words + [slightlyWrong])
    #expect(!slight.ok)
    #expect(slight.comparisons.map(\.ok) == [true, false, false])
    #expect(abs(slight.comparisons[1].max_abs_error - 0.01) < 1e-4)
    #expect(try report(2, words + [wrong]).comparisons[2].top1_agreement < 1)
    #expect(try report(0, words + [slightlyWrong, "--tolerance", "0.5"]).ok)

    let text = try ToolProcess.repvgg.run(expecting: 2, ["verify"] + words + [slightlyWrong])
    #expect(text.output.contains("MISMATCH"))
  }

  @Test func aNaNIsNeverWithinTheTolerance() throws {
    let folder = try TemporaryFolder()
    let stored = try NPYArray(contentsOf: CommandFixture.path("tiny/logits_train.npy"))
    var logits = try stored.floats()
    logits[3] = .nan
    try NPYArray(Tensor(shape: stored.shape, elements: logits)).write(to: folder.path("nan.npy"))
    try ToolProcess.repvgg.run(
      expecting: 2,
      [
        "verify", CommandFixture.path("tiny/train.safetensors"), "--tolerance", "1", "--random",
        "0",
        "--input", CommandFixture.path("tiny/input.npy"), "--logits", folder.path("nan.npy"),
      ])
  }

  @Test(arguments: CommandFixture.all.filter { $0.suffix == "deploy" })
  func deployedFilesPassAgainstStoredLogits(_ fixture: CommandFixture) throws {
    for (input, logits) in fixture.cases {
      let report = try report(
        0, [fixture.path, "-i", input, "--logits", logits, "--tolerance", "\(fixture.tolerance)"])
      #expect(report.comparisons.count == 1)
    }
  }

  @Test func aDeployedFileNeedsLogits() throws {
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(
      expecting: 0, ["convert", CommandFixture.path("tiny/train.safetensors"), plain])
    let refused = try ToolProcess.repvgg.run(expecting: 65, ["verify", plain])
    #expect(refused.messages.contains(plain) && refused.messages.contains("--logits"))
    let report = try report(
      0,
      [
        plain, "-i", CommandFixture.path("tiny/input.npy"), "--logits",
        CommandFixture.path("tiny/logits_train.npy"),
      ])
    #expect(report.comparisons.map(\.comparison) == ["plain against stored logits"])
  }

  @Test func argumentsThatMakeNoSense() throws {
    let file = CommandFixture.path("tiny/train.safetensors")
    let logits = CommandFixture.path("tiny/logits_train.npy")
    let input = CommandFixture.path("tiny/input.npy")
    try ToolProcess.repvgg.run(expecting: 64, ["verify", file, "--logits", logits])
    try ToolProcess.repvgg.run(expecting: 64, ["verify", file, "--random", "0"])
    // Logits of other images, or of another number of classes.
    let odd = CommandFixture.path("tiny/logits_odd_train.npy")
    try ToolProcess.repvgg.run(expecting: 65, ["verify", file, "-i", input, "--logits", odd])
    try ToolProcess.repvgg.run(expecting: 65, ["verify", file, "-i", input, "--logits", input])
  }
}
