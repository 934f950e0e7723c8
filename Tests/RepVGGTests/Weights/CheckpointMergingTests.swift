import Foundation
import RepVGG
import TestSupport
import Testing

/// Checkpoints of networks that are not known, merged block by block, against upstream's own conversion.
@Suite struct CheckpointMergingTests {
  /// A fixture with what its blocks are.
  struct Case: Sendable, CustomTestStringConvertible {
    let folder: String
    var file = "train.safetensors"
    let families: Set<String>
    let blockCount: Int
    var testDescription: String { "\(folder)/\(file)" }
    var path: String { Fixture.path("universe/\(folder)/\(file)") }
  }

  static let cases: [Case] = [
    Case(folder: "acb-vgg", families: ["ACB"], blockCount: 6),
    Case(folder: "dbb-vgg", file: "train.pth", families: ["DBB"], blockCount: 6),
    Case(
      folder: "fastvit-timm", families: ["FastViT RepMixer", "MobileOne", "large kernel"],
      blockCount: 8),
    Case(folder: "lcnetv3-det", families: ["PP-LCNetV3"], blockCount: 16),
    Case(folder: "mobileone-apple", families: ["MobileOne"], blockCount: 13),
    Case(folder: "mobileone-apple", file: "train.pth", families: ["MobileOne"], blockCount: 13),
    Case(folder: "mobileone-timm", families: ["MobileOne"], blockCount: 11),
    Case(folder: "orepa-repvgg", families: ["OREPA RepVGG"], blockCount: 6),
    Case(folder: "orepa-repvgg", file: "train.pth", families: ["OREPA RepVGG"], blockCount: 6),
    Case(folder: "qarepvgg-v2", families: ["QARepVGG"], blockCount: 6),
    Case(folder: "repghost-timm", families: ["RepGhost"], blockCount: 12),
    Case(folder: "repvgg-fpn-seg", file: "train.pth", families: ["RepVGG"], blockCount: 6),
    Case(folder: "repvgg-timm-onnx", families: ["RepVGG"], blockCount: 7),
    Case(
      folder: "repvit-timm", families: ["RepViT depthwise", "convolution", "classifier"],
      blockCount: 22),
    Case(
      folder: "unireplknet-block", families: ["UniRepLKNet depthwise", "UniRepLKNet projection"],
      blockCount: 4),
    Case(
      folder: "yolov6n-tiny", file: "train.pth", families: ["RepVGG", "convolution"],
      blockCount: 44),
    Case(
      folder: "yolov7-tiny-repconv", file: "train.pth",
      families: ["YOLOv7 RepConv", "convolution", "YOLOv7 head"], blockCount: 28),
  ]

  static func merging(
    _ test: Case, _ options: MergingOptions = MergingOptions()
  ) throws -> CheckpointMerging {
    try #require(
      try CheckpointMerging(Checkpoint(contentsOf: test.path), options: options),
      "\(test.folder): no blocks")
  }

  /// Names and shapes by upstream's conversion.
  static func deployedShapes(_ folder: String) throws -> [String: [Int]] {
    let text = try String(
      contentsOfFile: Fixture.path("universe/\(folder)/keys_deploy.txt"), encoding: .utf8)
    var shapes: [String: [Int]] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split { $0 == "\t" || $0 == " " }
      let sizes = fields.dropFirst().first { $0.first?.isNumber == true } ?? ""
      shapes[String(fields[0])] = sizes.split(separator: "x").compactMap { Int($0) }
    }
    return shapes
  }

  @Test(arguments: cases) func namesAndShapesAreUpstreams(_ test: Case) throws {
    let merging = try Self.merging(test)
    let expected = try Self.deployedShapes(test.folder)
    #expect(expected.count > 10)
    let actual = merging.checkpoint.tensors.mapValues(\.shape)
    #expect(Set(actual.keys).subtracting(expected.keys).sorted() == [])
    #expect(Set(expected.keys).subtracting(actual.keys).sorted() == [])
    #expect(actual == expected)
    #expect(Set(merging.blocks.map(\.family)) == test.families)
    #expect(merging.blocks.count == test.blockCount)
    #expect(merging.copiedCount == expected.count - 2 * test.blockCount)
  }

  @Test(arguments: cases.filter { $0.folder != "lcnetv3-det" }) func valuesAreUpstreams(
    _ test: Case
  ) throws {
    let merging = try Self.merging(test)
    let deployed = try Checkpoint(
      contentsOf: Fixture.path("universe/\(test.folder)/deploy.pth"))
    let comparison = try CheckpointComparison(
      merging.checkpoint, against: deployed, tolerance: 1e-6)
    #expect(comparison.isWithinTolerance, "\(comparison)")
    #expect(comparison.comparedCount > 10)
    #expect(comparison.worst.map { $0.relativeMaximum > 0 } == true)
  }

  /// PP-LCNetV3 has no deployed file; its branches are computed instead.
  @Test(arguments: cases) func blocksComputeTheSame(_ test: Case) throws {
    let merging = try Self.merging(test)
    let comparison = try BlockComparison(merging)
    #expect(comparison.blocks.map(\.name) == merging.blocks.map(\.name))
    let worst = try #require(comparison.worst)
    #expect(worst.relativeL2 < 1e-6, "\(worst)")
    #expect(comparison.blocks.contains { $0.relativeL2 > 0 })
  }

  @Test(arguments: cases) func otherTensorsAreCopied(_ test: Case) throws {
    let source = try Checkpoint(contentsOf: test.path)
    let merging = try Self.merging(test)
    let merged = Set(merging.blocks.flatMap { ["\($0.name).weight", "\($0.name).bias"] })
    var count = 0
    for (name, tensor) in merging.checkpoint.tensors where !merged.contains(name) {
      let original = try #require(
        source.tensors[merging.group.isEmpty ? name : "\(merging.group).\(name)"])
      #expect(tensor.elementType == original.elementType && tensor.shape == original.shape)
      #expect(try tensor.doubles() == original.doubles())
      count += 1
    }
    #expect(count == merging.copiedCount)
    #expect(merging.leftOutCount == 0)
  }

  /// Nothing depends on the names of stages, or on what is around a network.
  @Test(arguments: cases) func blocksMayBeAnywhere(_ test: Case) throws {
    let source = try Checkpoint(contentsOf: test.path)
    let expected = try Self.merging(test)
    var renamed: [String: Tensor] = [:]
    let prefix = expected.group.isEmpty ? "" : "\(expected.group)."
    for (name, tensor) in source.tensors where name.hasPrefix(prefix) {
      var tensor = tensor
      tensor.name = ""
      renamed["seg.net.\(name.dropFirst(prefix.count))"] = tensor
    }
    let actual = try #require(try CheckpointMerging(Checkpoint(tensors: renamed)))
    #expect(actual.blocks.map { String($0.name.dropFirst(8)) } == expected.blocks.map(\.name))
    for block in actual.blocks {
      let values = try actual.checkpoint.tensors["\(block.name).weight"]?.floats()
      let name = "\(block.name.dropFirst(8)).weight"
      #expect(try values == expected.checkpoint.tensors[name]?.floats())
    }
  }

  @Test(arguments: cases) func aMissingTensorIsNamed(_ test: Case) throws {
    let source = try Checkpoint(contentsOf: test.path)
    let merging = try Self.merging(test)
    let prefix = merging.group.isEmpty ? "" : "\(merging.group)."
    let merged = Set(merging.blocks.map { "\($0.name).weight" })
    // Every fifth of those that merging reads; biases and layer scale need not be there.
    let names = source.tensors.keys.filter { name in
      let own = String(name.dropFirst(prefix.count))
      return
        (merging.checkpoint.tensors[own] == nil || merged.contains(own)
        || [".conv_kxk.", ".conv_1x1.", ".identity."].contains { own.contains($0) })
        && ![".num_batches_tracked", ".id_tensor", ".l.bias", ".gamma", ".beta"].contains {
          own.hasSuffix($0)
        }
    }.sorted()
    #expect(names.count > 20)
    for name in stride(from: 0, to: names.count, by: 5).map({ names[$0] }) {
      var tensors = source.tensors
      tensors[name] = nil
      var damaged = Checkpoint(tensors: tensors)
      damaged.states = source.states
      let parent = name.split(separator: ".").dropLast().joined(separator: ".")
      let error = #expect(throws: RepVGGError.self, "\(name)") {
        _ = try CheckpointMerging(damaged)
      }
      #expect(error?.kind == .badData)
      // The tensor itself, or one that has lost what it belongs to.
      let named = try #require(error?.tensor, "\(name): \(error?.reason ?? "")")
      #expect(
        named == name || parent.split(separator: ".").dropLast().allSatisfy(named.contains),
        "\(name): \(named)")
    }
  }

  /// The same blocks under the names of other code bases.
  @Test(arguments: [
    (
      "fastvit-timm", "reparam_conv",
      [
        (".conv_kxk.", ".rbr_conv."), (".conv_scale.", ".rbr_scale."), (".identity.", ".rbr_skip."),
        ("token_mixer.layer_scale.gamma", "token_mixer.layer_scale"),
      ]
    ),
    (
      "mobileone-timm", "branch_reparam",
      [
        (".conv_kxk.", ".branch_conv_list."), (".conv_scale.", ".branch_scale."),
        (".identity.", ".branch_norm."),
      ]
    ),
    (
      "repvgg-timm-onnx", "branch_reparam",
      [
        (".conv_kxk.", ".branch_3x3."), (".conv_1x1.", ".branch_1x1."),
        (".identity.", ".branch_norm."),
      ]
    ),
  ])
  func otherCodeBasesHaveOtherNames(
    _ folder: String, _ module: String, _ changes: [(String, String)]
  ) throws {
    let test = try #require(Self.cases.first { $0.folder == folder })
    var tensors: [String: Tensor] = [:]
    for (name, var tensor) in try Checkpoint(contentsOf: test.path).tensors {
      tensor.name = ""
      tensors[changes.reduce(name) { $0.replacingOccurrences(of: $1.0, with: $1.1) }] = tensor
    }
    let actual = try #require(try CheckpointMerging(Checkpoint(tensors: tensors)))
    let expected = try Self.merging(test).checkpoint.tensors
    #expect(actual.checkpoint.tensors.count == expected.count)
    for (name, tensor) in expected {
      let other = name.replacingOccurrences(of: "reparam_conv", with: module)
      #expect(try actual.checkpoint.tensors[other]?.floats() == tensor.floats(), "\(name)")
    }
  }

  /// Any shape of any tensor is merged or refused.
  @Test(arguments: cases) func anyShapeIsMergedOrRefused(_ test: Case) throws {
    let source = try Checkpoint(contentsOf: test.path)
    let names = source.tensors.keys.filter { !$0.hasSuffix("num_batches_tracked") }.sorted()
    var refusedCount = 0
    for (index, name) in names.enumerated() where index % 11 == 0 {
      for shape in [[], [0], [7], [3, 1, 1, 1], [1, 1, 1, 2], [2, 64, 1, 1], [1, 1, 70, 1]] {
        var damaged = source
        damaged.tensors[name] = Tensor(
          shape: shape, elements: [Float](repeating: 0.5, count: shape.reduce(1, *)))
        damaged.tensors[name]?.name = name
        do throws(RepVGGError) {
          guard let merging = try CheckpointMerging(damaged) else { continue }
          for block in merging.blocks where name.hasPrefix(block.name.prefix(8)) {
            _ = try merging.checkpoint.tensors["\(block.name).weight"]?.floats()
          }
        } catch {
          #expect(
            [.badData, .unsupported].contains(error.kind) && error.tensor != nil, "\(error)")
          refusedCount += 1
        }
      }
    }
    #expect(refusedCount > 0)
  }

  @Test func theEpsilonIsTheCodeBases() throws {
    let yolo = try #require(Self.cases.first { $0.folder == "yolov6n-tiny" })
    #expect(try Self.merging(yolo).epsilon == 1e-3)
    let deployed = try Checkpoint(contentsOf: Fixture.path("universe/yolov6n-tiny/deploy.pth"))
    let other = try Self.merging(yolo, MergingOptions(epsilon: 1e-5))
    let comparison = try CheckpointComparison(
      other.checkpoint, against: deployed, tolerance: 1e-6)
    #expect(!comparison.isWithinTolerance)
    #expect(comparison.missing.isEmpty && comparison.extra.isEmpty)
    #expect(comparison.beyondCount > 80)
  }

  @Test func hiddenIdentitiesFollowOptions() throws {
    let test = try #require(Self.cases.first { $0.folder == "qarepvgg-v2" })
    func centre(_ options: MergingOptions, _ name: String) throws -> [Float] {
      try #require(
        try Self.merging(test, options).checkpoint.tensors["\(name).rbr_reparam.weight"]
      ).floats()
    }
    func none(_ name: String) throws -> [Float] {
      try centre(MergingOptions(identity: MergingOptions.Identity.none), name)
    }
    let strides = [2, 1, 2, 2, 2]
    // The first block of a stage has stride 2, unless strides are given.
    #expect(try centre(MergingOptions(), "stage1.0") == none("stage1.0"))
    #expect(try centre(MergingOptions(identity: .plain), "stage1.0") == none("stage1.0"))
    #expect(try centre(MergingOptions(strides: strides), "stage1.0") != none("stage1.0"))
    #expect(try centre(MergingOptions(), "stage1.1") != none("stage1.1"))
    #expect(
      try centre(MergingOptions(identity: .plain), "stage1.1")
        == centre(MergingOptions(), "stage1.1"))
    #expect(
      try centre(MergingOptions(identity: .average), "stage1.1")
        != centre(MergingOptions(), "stage1.1"))
    let assumptions = try Self.merging(test).assumptions
    #expect(assumptions.contains { $0.hasPrefix("an identity branch, in 1 block: stage1.1") })
  }

  @Test func mergedFilesStayAsTheyAre() throws {
    let test = try #require(Self.cases.first { $0.folder == "lcnetv3-det" })
    let once = try Self.merging(test)
    let twice = try #require(try CheckpointMerging(once.checkpoint))
    #expect(twice.blocks.isEmpty)
    #expect(twice.mergedCount == 16)
    #expect(twice.copiedCount == once.checkpoint.tensors.count)
    var half = once.checkpoint
    half.tensors["blocks2.0.dw_conv.reparam_conv.bias"] = nil
    let error = #expect(throws: RepVGGError.self) { _ = try CheckpointMerging(half) }
    #expect(error?.tensor == "blocks2.0.dw_conv.reparam_conv.weight")
  }

  @Test func oneOfSeveralNetworksIsChosen() throws {
    let source = try Checkpoint(
      contentsOf: Fixture.path("universe/mobileone-apple/train.safetensors"))
    func file(_ groups: [String]) -> Checkpoint {
      var file = Checkpoint(tensors: [:])
      for group in groups {
        for (name, var tensor) in source.tensors {
          tensor.name = ""
          file.tensors["\(group).\(name)"] = tensor
        }
      }
      file.states = groups
      return file
    }
    let ema = try #require(try CheckpointMerging(file(["model", "ema"])))
    #expect(ema.group == "ema")
    #expect(ema.leftOutCount == source.tensors.count)
    #expect(ema.checkpoint.tensors["stage0.reparam_conv.weight"] != nil)
    let error = #expect(throws: RepVGGError.self) {
      _ = try CheckpointMerging(file(["student", "other"]))
    }
    #expect(error?.reason.contains("holds 2 networks, 'other', 'student'") == true)
    let chosen = try CheckpointMerging(
      file(["student", "other"]), options: MergingOptions(group: "student"))
    #expect(chosen?.group == "student")
    #expect(throws: RepVGGError.self) {
      _ = try CheckpointMerging(file(["a"]), options: MergingOptions(group: "b"))
    }
  }

  @Test func otherNetworksHaveNoBlocks() throws {
    for path in ["repghost-timm/deploy.pth", "repvit-timm/deploy.pth", "acb-vgg/deploy.pth"] {
      #expect(
        try CheckpointMerging(Checkpoint(contentsOf: Fixture.path("universe/\(path)"))) == nil)
    }
  }

  /// Names that blocks have too, in networks without any: MobileViT, TinyViT, Inception.
  @Test func namesOfOtherNetworksAreNotBlocks() throws {
    let norm = ["weight", "bias", "running_mean", "running_var"]
    let networks = [
      ["conv_kxk.conv.weight", "conv_1x1.weight", "conv_proj.conv.weight"]
        + norm.map { "conv_kxk.bn.\($0)" },
      ["local_conv.c.weight", "conv1.c.weight"]
        + norm.flatMap { ["local_conv.bn.\($0)", "conv1.bn.\($0)"] },
      [
        "branch_1x1.conv.weight", "branch_5x5.conv.weight", "fusion_bn.0.weight",
        "small_conv.weight",
      ],
      ["dwconv.weight", "norm.weight", "norm.bias", "pwconv2.weight", "gamma"],
      ["conv.weight", "scale_conv.weight", "m.0.weight", "bn.weight", "identity.weight"],
    ]
    for names in networks {
      let tensors = names.map {
        ("stages.1.\($0)", Tensor(shape: [4, 4, 1, 1], elements: [Float](repeating: 1, count: 16)))
      }
      let file = Checkpoint(tensors: Dictionary(uniqueKeysWithValues: tensors))
      #expect(try CheckpointMerging(file) == nil, "\(names)")
      #expect(try CheckpointMerging.isOfKnownNetwork(file))
    }
  }

  /// Names with many dots and shapes that cannot be are refused or copied, quickly.
  @Test func hostileNamesAreBounded() throws {
    var tensors: [String: Tensor] = [:]
    let value = Tensor(shape: [1], elements: [1])
    for number in 0..<2_000 {
      tensors["rbr_dense." + String(repeating: "conv.", count: 200) + "\(number)"] = value
      tensors["\(number)..bn..running_var"] = value
    }
    #expect(try CheckpointMerging(Checkpoint(tensors: tensors)) == nil)
    tensors["a.rbr_dense.conv.weight"] = Tensor(shape: [0, 0, 3, 3], elements: [])
    #expect(throws: RepVGGError.self) { _ = try CheckpointMerging(Checkpoint(tensors: tensors)) }
  }
}
