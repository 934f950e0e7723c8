import Foundation
import RepVGG
import TestSupport
import Testing

/// `repvgg inspect`: what it says about files whose content is known.
@Suite struct InspectTests {
  /// The document of `--json`, every key of it.
  struct Report: Decodable {
    struct Stage: Decodable, Equatable {
      let blocks: Int
      let channels: Int
    }
    struct Gate: Decodable {
      let placement: String
      let reduction: Int
    }
    struct Plain: Decodable {
      let params: Int
      let macs: Int
      let bytes: Int
    }
    let schema_version: Int
    let file: String
    let format: String
    let family: String
    let form: String
    let architecture: String
    let params: Int
    let macs: Int
    let bytes: Int
    let file_bytes: Int
    let input: [Int]
    let classes: Int
    let stages: [Stage]
    let groups_by_layer: [String: Int]
    let squeeze_excitation: Gate?
    let element_types: [String]
    let tensors: Int
    let plain: Plain
    let is_deployed: Bool
  }

  /// What `meta.json` says of a fixture.
  struct Meta: Decodable {
    struct Form: Decodable { let params: Int }
    struct Config: Decodable {
      let num_blocks: [Int]?
      let d: [Int]?
    }
    let num_classes: Int
    let config: Config
    let forms: [String: Form]
  }

  static func report(_ path: String) throws -> Report {
    let outcome = try ToolProcess.repvgg.run(expecting: 0, ["inspect", path, "--json"])
    #expect(outcome.messages.isEmpty)
    return try JSONDecoder().decode(Report.self, from: outcome.outputBytes)
  }

  @Test(arguments: CommandFixture.trained) func saysWhatTheFileHolds(_ fixture: CommandFixture)
    throws
  {
    let report = try Self.report(fixture.path)
    let meta = try JSONDecoder().decode(
      Meta.self,
      from: Data(contentsOf: URL(filePath: CommandFixture.path("\(fixture.folder)/meta.json"))))
    let keys = try fixture.keys()
    #expect(report.schema_version == 1)
    #expect(report.file == fixture.path)
    #expect(report.format == "safetensors")
    #expect(report.family == fixture.family)
    #expect(report.form == "branched")
    #expect(!report.is_deployed)
    #expect(report.tensors == keys.count)
    #expect(report.classes == meta.num_classes)
    #expect([1] + (meta.config.num_blocks ?? meta.config.d ?? []) == report.stages.map(\.blocks))
    // Auxiliary heads are trained with the network and are no part of it.
    let auxiliary = keys.filter { $0.name.contains("_aux.") && !Self.isStatistic($0.name) }
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
    #expect(report.params == (meta.forms["train"]?.params ?? 0) - auxiliary)
    if let deployed = meta.forms["deploy"] { #expect(report.plain.params == deployed.params) }
    let bytes = keys.reduce(0) { $0 + $1.shape.reduce($1.type == "int64" ? 8 : 4, *) }
    #expect(report.bytes == bytes)
    let size = try FileManager.default.attributesOfItem(atPath: fixture.path)[.size] as? Int
    #expect(report.file_bytes == size)
    #expect(report.plain.macs <= report.macs)
    #expect(report.plain.bytes == 4 * report.plain.params)
    #expect(report.element_types == ["float32", "int64"])
    #expect(report.input == [1, 3, 224, 224])
  }

  private static func isStatistic(_ name: String) -> Bool {
    ["running_mean", "running_var", "num_batches_tracked"].contains { name.hasSuffix($0) }
  }

  @Test(arguments: CommandFixture.all.filter { $0.file.hasSuffix(".pth") })
  func pyTorchFilesSayTheSame(_ fixture: CommandFixture) throws {
    let report = try Self.report(fixture.path)
    let twin = try Self.report(CommandFixture.path("\(fixture.folder)/train.safetensors"))
    let isLegacy = fixture.file.contains("legacy")
    #expect(report.format == (isLegacy ? "pytorch-legacy" : "pytorch-zip"))
    #expect(report.form == (fixture.suffix == "deploy" ? "plain" : "branched"))
    #expect(report.family == fixture.family)
    #expect(report.stages == twin.stages)
    #expect(report.plain.params == twin.plain.params)
    #expect(report.params == (report.is_deployed ? twin.plain.params : twin.params))
  }

  @Test func groupsAndGatesAreFound() throws {
    func report(_ folder: String) throws -> Report {
      try Self.report(CommandFixture.path("\(folder)/train.safetensors"))
    }
    #expect(try report("tiny").groups_by_layer.isEmpty)
    #expect(try report("tiny-g2").groups_by_layer == ["2": 2, "4": 2, "6": 2, "8": 2])
    #expect(try report("tiny").squeeze_excitation == nil)
    #expect(try report("tiny-se").squeeze_excitation?.placement == "before-relu")
    #expect(try report("tiny-se").squeeze_excitation?.reduction == 16)
    #expect(try report("timm-tiny-se").squeeze_excitation?.placement == "before-relu")
    #expect(try report("tiny-plus-pse").squeeze_excitation?.placement == "after-relu")
    #expect(try report("tiny-plus-pse").squeeze_excitation?.reduction == 4)
  }

  /// The multiplications of `tiny` at 224x224 by hand: 3x3 blocks, then the head.
  @Test func multiplicationsAreExact() throws {
    let report = try Self.report(CommandFixture.path("tiny/train.safetensors"))
    let layers = [
      (3, 16, 112), (16, 16, 56), (16, 32, 28), (32, 32, 28), (32, 48, 14), (48, 48, 14),
      (48, 64, 7),
    ]
    let plain = layers.reduce(64 * 10) { $0 + 9 * $1.0 * $1.1 * $1.2 * $1.2 }
    let branched = layers.reduce(64 * 10) { $0 + 10 * $1.0 * $1.1 * $1.2 * $1.2 }
    #expect(report.plain.macs == plain)
    #expect(report.macs == branched)
  }

  @Test func textNamesTheSame() throws {
    let path = CommandFixture.path("tiny-g2/train.safetensors")
    let text = try ToolProcess.repvgg.run(expecting: 0, ["inspect", path]).output
    for expected in [
      path, "safetensors", "official", "branched", "1x16 2x16 3x32 2x48 1x64", "2 in 4 layers",
    ] {
      #expect(text.contains(expected), "\(expected) in\n\(text)")
    }
    #expect(!text.contains("{"))
  }
}
