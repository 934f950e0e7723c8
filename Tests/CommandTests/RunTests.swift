import Foundation
import RepVGG
import TestSupport
import Testing

/// `repvgg run`: logits and features against those that upstream's code stored.
@Suite struct RunTests {
  static let forms = ["plain", "folded", "branched"]

  /// Checkpoint, form and a thread count that goes round with them.
  static let logitCases: [(CommandFixture, form: String, threadCount: Int)] =
    CommandFixture.all.flatMap { fixture in fixture.forms.map { (fixture, $0) } }
    .enumerated().map { ($1.0, $1.1, 1 + $0 % 3) }

  @Test(arguments: logitCases)
  func logitsAreThoseOfPyTorch(_ fixture: CommandFixture, form: String, threads: Int) throws {
    let folder = try TemporaryFolder()
    #expect(!fixture.cases.isEmpty)
    for (index, (input, logits)) in fixture.cases.enumerated() {
      let output = folder.path("logits-\(index).npy")
      let outcome = try ToolProcess.repvgg.run(
        expecting: 0,
        [
          "run", fixture.path, "--input", input, "--output", output, "--form", form,
          "--threads", "\(threads)",
        ])
      // Three threads may be more than there are CPUs, which is said.
      #expect(outcome.output.isEmpty && (threads == 3 || outcome.messages.isEmpty))
      #expect(try relativeL2(file: output, reference: logits) <= fixture.tolerance)
    }
    #expect(try folder.contents == fixture.cases.indices.map { "logits-\($0).npy" })
  }

  @Test(arguments: CommandFixture.trained, forms)
  func featuresAreThoseOfPyTorch(_ fixture: CommandFixture, form: String) throws {
    let folder = try TemporaryFolder()
    let features = folder.path("deep/features")
    try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "run", fixture.path, "-i", CommandFixture.path("\(fixture.folder)/input.npy"),
        "-o", folder.path("logits.npy"), "--form=\(form)", "--features", features,
      ])
    let written = try FileManager.default.contentsOfDirectory(atPath: features).sorted()
    #expect(written == fixture.featureNames.map { "\($0).npy" })
    for name in fixture.featureNames {
      let error = try relativeL2(
        file: "\(features)/\(name).npy", reference: fixture.featurePath(name))
      #expect(error <= 1e-5, "\(name)")
    }
  }

  @Test func theDefaultFormIsPlain() throws {
    let folder = try TemporaryFolder()
    let words = [
      "run", CommandFixture.path("tiny/train.safetensors"), "-i",
      CommandFixture.path("tiny/input.npy"), "-t", "1", "-o",
    ]
    try ToolProcess.repvgg.run(expecting: 0, words + [folder.path("default.npy")])
    for form in Self.forms {
      try ToolProcess.repvgg.run(
        expecting: 0, words + [folder.path("\(form).npy"), "--form", form])
    }
    func bytes(_ name: String) throws -> Data {
      try Data(contentsOf: folder.url.appending(path: name))
    }
    let plain = try bytes("plain.npy")
    #expect(try bytes("default.npy") == plain)
    #expect(try bytes("branched.npy") != plain, "another order of rounding")
  }

  @Test func anEpsilonChangesTheResult() throws {
    let folder = try TemporaryFolder()
    let words = [
      "run", CommandFixture.path("tiny/train.safetensors"), "-i",
      CommandFixture.path("tiny/input.npy"),
    ]
    let (own, other) = (folder.path("own.npy"), folder.path("other.npy"))
    let branched = folder.path("branched.npy")
    try ToolProcess.repvgg.run(expecting: 0, words + ["-o", own, "--epsilon", "1e-5"])
    try ToolProcess.repvgg.run(expecting: 0, words + ["-o", other, "--epsilon", "1e-3"])
    try ToolProcess.repvgg.run(
      expecting: 0, words + ["-o", branched, "--epsilon", "1e-3", "--form", "branched"])
    let stored = CommandFixture.path("tiny/logits_train.npy")
    #expect(try relativeL2(file: own, reference: stored) <= 1e-5)
    #expect(try relativeL2(file: other, reference: stored) > 1e-5)
    #expect(try relativeL2(file: other, reference: branched) <= 1e-5)
  }

  @Test(arguments: ["branched", "folded"])
  func aDeployedFileHasNoBranches(form: String) throws {
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.safetensors")
    let words = [
      "run", plain, "-i", CommandFixture.path("tiny/input.npy"), "-o", folder.path("y.npy"),
    ]
    try ToolProcess.repvgg.run(
      expecting: 0, ["convert", CommandFixture.path("tiny/train.safetensors"), plain])
    let refused = try ToolProcess.repvgg.run(expecting: 65, words + ["--form", form])
    #expect(refused.messages.contains(plain))
    #expect(refused.messages.contains("deployed"))
    #expect(refused.messages.contains(form))
    #expect(try folder.contents == ["plain.safetensors"])
    try ToolProcess.repvgg.run(expecting: 0, words)
    let error = try relativeL2(
      file: folder.path("y.npy"), reference: CommandFixture.path("tiny/logits_train.npy"))
    #expect(error <= 1e-5)
  }

  @Test func threadsComeFromTheEnvironmentToo() throws {
    let folder = try TemporaryFolder()
    let words = [
      "run", CommandFixture.path("tiny/train.safetensors"), "-i",
      CommandFixture.path("tiny/input.npy"), "-o", folder.path("y.npy"),
    ]
    let tool = ToolProcess.repvgg
    #expect(try tool.run(words, environment: ["REPVGG_THREADS": "3"]).code == 0)
    let wrong = try tool.run(words, environment: ["REPVGG_THREADS": "none"])
    #expect(wrong.code == 64)
    #expect(wrong.messages.contains("REPVGG_THREADS"))
  }

  // MARK: - Streams

  @Test func standardInputAndOutputAreStreams() throws {
    let input = try Data(contentsOf: URL(filePath: CommandFixture.path("tiny/input.npy")))
    let outcome = try ToolProcess.repvgg.run(
      expecting: 0,
      ["run", CommandFixture.path("tiny/train.safetensors"), "--input", "-", "--output", "-"],
      input: input)
    #expect(outcome.messages.isEmpty)
    let folder = try TemporaryFolder()
    let output = try folder.file("y.npy", outcome.outputBytes)
    let stored = CommandFixture.path("tiny/logits_train.npy")
    #expect(try relativeL2(file: output, reference: stored) <= 1e-5)
  }

  @Test(arguments: [0, 5, 100, 2000])
  func aTruncatedStreamIsBadData(byteCount: Int) throws {
    let input = try Data(contentsOf: URL(filePath: CommandFixture.path("tiny/input.npy")))
    let outcome = try ToolProcess.repvgg.run(
      expecting: 65,
      ["run", CommandFixture.path("tiny/train.safetensors"), "-i", "-", "-o", "-"],
      input: input.prefix(byteCount))
    #expect(outcome.outputBytes.isEmpty)
    #expect(outcome.messages.contains("standard input"))
  }

  /// What a reader that went away leaves: no message, and the end that the signal gives.
  @Test(arguments: [["inspect"], ["inspect", "--json"], ["run"], ["--help"], ["--version"]])
  func aClosedPipeIsNoError(words: [String]) throws {
    let pipe = try NamedPipe()
    try pipe.reader.close()
    var arguments = words
    if words[0] != "--help", words[0] != "--version" {
      arguments.append(CommandFixture.path("tiny/train.safetensors"))
    }
    if words == ["run"] {
      arguments += ["-i", CommandFixture.path("tiny/input.npy"), "-o", "-"]
    }
    let outcome = try ToolProcess.repvgg.start(arguments, output: pipe.writer)
      .finish()
    #expect(outcome.messages == "")
    #expect(outcome.code == 128 + 13)
  }
}
