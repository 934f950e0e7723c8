import Foundation
import RepVGG
import TestSupport
import Testing

/// `repvgg convert`: the file it writes, and what it leaves alone.
@Suite struct ConvertTests {
  @Test(arguments: CommandFixture.trained) func writesThePlainNetwork(_ fixture: CommandFixture)
    throws
  {
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.safetensors")
    let outcome = try ToolProcess.repvgg.run(expecting: 0, ["convert", fixture.path, plain])
    #expect(outcome.output.contains("self-check"))
    #expect(outcome.output.contains("max error"))
    #expect(try folder.contents == ["plain.safetensors"])

    let checkpoint = try Checkpoint(contentsOf: plain)
    #expect(checkpoint.metadata["source_file"] == "train.safetensors")
    #expect(checkpoint.metadata["source_family"] == fixture.family)
    #expect(checkpoint.metadata["form"] == "plain")
    #expect(checkpoint.metadata["architecture"]?.isEmpty == false)
    #expect(checkpoint.metadata["producer"]?.hasPrefix("repvgg ") == true)

    let report = try InspectTests.report(plain)
    let source = try InspectTests.report(fixture.path)
    #expect(Set(checkpoint.tensors.keys) == Self.officialNames(source))
    #expect(report.form == "plain" && report.is_deployed)
    #expect(report.params == source.plain.params)
    #expect(report.macs == source.plain.macs)
    #expect(report.stages == source.stages)
    #expect(report.groups_by_layer == source.groups_by_layer)

    let (input, logits) = try #require(fixture.cases.first)
    try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "run", plain, "-i", input, "-o", folder.path("y.npy"), "--features", folder.path("f"),
      ])
    #expect(try relativeL2(file: folder.path("y.npy"), reference: logits) <= 1e-5)
    for name in fixture.featureNames {
      let error = try relativeL2(
        file: folder.path("f/\(name).npy"), reference: fixture.featurePath(name))
      #expect(error <= 1e-5, "\(name)")
    }
  }

  /// The names of the deployed form by the rules of upstream's code.
  static func officialNames(_ report: InspectTests.Report) -> Set<String> {
    var names: Set = ["linear.weight", "linear.bias"]
    for (stage, shape) in report.stages.enumerated() {
      for index in 0..<shape.blocks {
        var block = stage == 0 ? "stage0" : "stage\(stage).\(index)"
        if report.family == "repvggplus", stage > 0 {
          let first = shape.blocks / 2
          block =
            stage != 3
            ? "stage\(stage).blocks.\(index)"
            : index < first
              ? "stage3_first.blocks.\(index)" : "stage3_second.blocks.\(index - first)"
        }
        names.formUnion(["\(block).rbr_reparam.weight", "\(block).rbr_reparam.bias"])
        guard let gate = report.squeeze_excitation else { continue }
        let prefix = gate.placement == "before-relu" ? "se" : "post_se"
        for part in ["down", "up"] {
          names.formUnion(["weight", "bias"].map { "\(block).\(prefix).\(part).\($0)" })
        }
      }
    }
    return names
  }

  @Test func aPlainFileConvertsToItself() throws {
    let folder = try TemporaryFolder()
    let (once, twice) = (folder.path("once.safetensors"), folder.path("twice.safetensors"))
    let source = CommandFixture.path("tiny-se/train.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", source, once])
    try ToolProcess.repvgg.run(expecting: 0, ["convert", once, twice])
    let (a, b) = (try Checkpoint(contentsOf: once), try Checkpoint(contentsOf: twice))
    #expect(a.tensors.keys.sorted() == b.tensors.keys.sorted())
    for (name, tensor) in a.tensors { #expect(try b.tensors[name]?.floats() == tensor.floats()) }
  }

  @Test func equalInputGivesEqualBytes() throws {
    let folder = try TemporaryFolder()
    let source = CommandFixture.path("timm-tiny/train.safetensors")
    for name in ["a.safetensors", "b.safetensors"] {
      try ToolProcess.repvgg.run(expecting: 0, ["convert", source, folder.path(name)])
    }
    #expect(
      try Data(contentsOf: folder.url.appending(path: "a.safetensors"))
        == Data(contentsOf: folder.url.appending(path: "b.safetensors")))
  }

  @Test func jsonReportsTheSelfCheck() throws {
    struct Report: Decodable {
      struct Check: Decodable {
        let max_abs_error: Double
        let relative_l2: Double
        let top1_agreement: Double
        let ok: Bool
      }
      let schema_version: Int
      let input: String
      let output: String
      let params_before: Int
      let params_after: Int
      let self_check: Check
    }
    let folder = try TemporaryFolder()
    let source = CommandFixture.path("tiny/train.safetensors")
    let target = folder.path("plain.safetensors")
    let outcome = try ToolProcess.repvgg.run(expecting: 0, ["convert", source, target, "--json"])
    let report = try JSONDecoder().decode(Report.self, from: outcome.outputBytes)
    #expect((report.input, report.output) == (source, target))
    #expect((report.params_before, report.params_after) == (89_354, 79_674))
    #expect(report.self_check.ok)
    #expect(report.self_check.top1_agreement == 1)
    #expect((0...1e-5).contains(report.self_check.relative_l2))
  }

  // MARK: - What exists stays

  @Test func anExistingFileIsReplacedOnlyByForce() throws {
    let folder = try TemporaryFolder()
    let target = try folder.file("plain.safetensors", Array("precious".utf8))
    let words = ["convert", CommandFixture.path("tiny/train.safetensors"), target]
    let refused = try ToolProcess.repvgg.run(expecting: 73, words)
    #expect(refused.messages.contains(target))
    #expect(refused.messages.contains("--force"))
    #expect(refused.output.isEmpty)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
    try ToolProcess.repvgg.run(expecting: 0, words + ["--force"])
    #expect(try InspectTests.report(target).is_deployed)
    #expect(try folder.contents == ["plain.safetensors"])
  }

  @Test func afterAFailureNothingIsLeft() throws {
    let folder = try TemporaryFolder()
    let good = try Data(
      contentsOf: URL(filePath: CommandFixture.path("tiny/train.safetensors")))
    let source = try folder.file("cut.safetensors", good.prefix(good.count / 2))
    let kept = try folder.file("kept.safetensors", Array("precious".utf8))
    try ToolProcess.repvgg.run(expecting: 65, ["convert", source, folder.path("new.safetensors")])
    try ToolProcess.repvgg.run(expecting: 65, ["convert", source, kept, "--force"])
    #expect(try folder.contents == ["cut.safetensors", "kept.safetensors"])
    #expect(try String(contentsOfFile: kept, encoding: .utf8) == "precious")
  }

  @Test func outputsThatCannotBeCreated() throws {
    let folder = try TemporaryFolder()
    let source = CommandFixture.path("tiny/train.safetensors")
    _ = try folder.file("file", [1])
    try FileManager.default.createDirectory(
      atPath: folder.path("folder.safetensors"), withIntermediateDirectories: false)
    for target in [
      folder.path("absent/plain.safetensors"), folder.path("file/plain.safetensors"),
      folder.path("folder.safetensors"), "/proc/plain.safetensors",
    ] {
      for force in [[], ["--force"]] {
        let outcome = try ToolProcess.repvgg.run(
          expecting: 73, ["convert", source, target] + force)
        #expect(outcome.messages.contains(target), "\(outcome.messages)")
        #expect(outcome.output.isEmpty)
      }
    }
    #expect(try folder.contents == ["file", "folder.safetensors"])
  }

  /// Root may write anywhere, so the folder's mode decides for other users only.
  @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
  func aFolderWithoutPermission() throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.url.path)
    defer {
      try? manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path)
    }
    try ToolProcess.repvgg.run(
      expecting: 73,
      ["convert", CommandFixture.path("tiny/train.safetensors"), folder.path("a.safetensors")])
  }

  @Test(arguments: ["o.ort", "o.pth", "o.npz", "o", "-"])
  func theEndingOfOUTDecidesTheFormat(name: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try ToolProcess.repvgg.run(
      expecting: 64,
      [
        "convert", CommandFixture.path("tiny/train.safetensors"),
        name == "-" ? name : folder.path(name),
      ])
    #expect(outcome.messages.contains("must end in .safetensors, .onnx"))
    #expect(try folder.contents == [])
  }

  @Test func aCheckpointIsNotReplacedByItsOwnConversionUnasked() throws {
    let folder = try TemporaryFolder()
    let good = try Data(contentsOf: URL(filePath: CommandFixture.path("tiny/train.safetensors")))
    let path = try folder.file("model.safetensors", good)
    try ToolProcess.repvgg.run(expecting: 73, ["convert", path, path])
    #expect(try Data(contentsOf: URL(filePath: path)) == good)
    // Asked, it works although the source is mapped while the target is written.
    try ToolProcess.repvgg.run(expecting: 0, ["convert", path, path, "--force"])
    #expect(try InspectTests.report(path).is_deployed)
  }
}
