import Foundation
import RepVGG
import TestSupport
import Testing

/// `convert`, `verify` and `inspect` of checkpoints whose network is not known.
@Suite struct BlockMergingTests {
  private static func path(_ name: String) -> String { Fixture.path("universe/\(name)") }

  private func json(_ code: Int32, _ words: [String]) throws -> [String: Any] {
    let outcome = try ToolProcess.repvgg.run(expecting: code, words + ["--json"])
    return try #require(
      try JSONSerialization.jsonObject(with: outcome.outputBytes) as? [String: Any])
  }

  @Test func blocksAreMergedUnderUpstreamsNames() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("merged.safetensors")
    let source = Self.path("yolov6n-tiny/train.pth")
    let report = try json(0, ["convert", source, target])
    #expect(report["families"] as? [String: Int] == ["RepVGG": 16, "convolution": 28])
    #expect(report["copied_tensors"] as? Int == 18)
    #expect(report["epsilon"] as? Double == 1e-3)
    let assumptions = try #require(report["assumptions"] as? [String])
    #expect(assumptions.contains { $0.contains("epsilon is 0.001, as in meituan/YOLOv6") })
    let merged = try Checkpoint(contentsOf: target)
    #expect(merged.metadata["batch_norm_epsilon"] == "0.001")
    let deployed = try Checkpoint(contentsOf: Self.path("yolov6n-tiny/deploy.pth"))
    #expect(Set(merged.tensors.keys) == Set(deployed.tensors.keys))
    #expect(merged.tensors.values.allSatisfy { $0.elementType == .float32 })
    #expect(try folder.contents == ["merged.safetensors"])
    try ToolProcess.repvgg.run(expecting: 73, ["convert", source, target])
    let again = folder.path("again.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", source, again])
    #expect(try Data(contentsOf: URL(filePath: again)) == Data(contentsOf: URL(filePath: target)))
    let text = try ToolProcess.repvgg.run(expecting: 0, ["convert", "-f", source, target]).output
    #expect(text.hasPrefix("44 blocks merged (RepVGG 16, convolution 28), 18 tensors copied\n"))
  }

  @Test func aWrongEpsilonIsAMismatch() throws {
    let files = [
      Self.path("yolov7-tiny-repconv/train.pth"), "--against",
      Self.path("yolov7-tiny-repconv/deploy.pth"),
    ]
    let good = try json(0, ["verify", "--tolerance", "1e-6"] + files)
    #expect(good["ok"] as? Bool == true && good["compared"] as? Int == 62)
    let bad = try json(2, ["verify", "--epsilon", "1e-5"] + files)
    #expect(bad["ok"] as? Bool == false)
    #expect((bad["differing"] as? Int ?? 0) > 40)
    let other = try json(
      2,
      [
        "verify", Self.path("mobileone-apple/train.pth"), "--against",
        Self.path("mobileone-timm/deploy.pth"),
      ])
    #expect((other["missing"] as? [String: Any])?["count"] as? Int == 24)
    #expect((other["extra"] as? [String: Any])?["count"] as? Int == 28)
  }

  @Test func blocksAreVerifiedOneByOne() throws {
    let report = try json(0, ["verify", Self.path("dbb-vgg/train.pth"), "--random", "2"])
    let blocks = try #require(report["blocks"] as? [[String: Any]])
    #expect(blocks.compactMap { $0["name"] as? String }.first == "stage0.dbb_reparam")
    #expect(blocks.count == 6)
    let error = try #require(report["relative_l2"] as? Double)
    #expect(error > 0 && error < 1e-6)
    try ToolProcess.repvgg.run(
      expecting: 2, ["verify", Self.path("dbb-vgg/train.pth"), "--tolerance", "1e-12"])
  }

  @Test func inspectListsBlocksByFamily() throws {
    let path = Self.path("repvit-timm/train.safetensors")
    let text = try ToolProcess.repvgg.run(expecting: 0, ["inspect", path]).output
    #expect(text.contains("blocks   22: RepViT depthwise 5, classifier 1, convolution 16\n"))
    #expect(
      text.contains("  stages.0.blocks.0.token_mixer: 5 operators -> [8, 1, 3, 3]\n"))
    let report = try json(0, ["inspect", path])
    #expect((report["blocks"] as? [[String: Any]])?.count == 22)
  }

  /// MobileOne's networks are known, but what is next to them is kept unless something else is said.
  @Test func mobileNetworksKeepTheirNames() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("merged.safetensors")
    for name in ["mobileone-apple", "mobileone-timm"] {
      let source = Self.path("\(name)/train.safetensors")
      var checkpoint = try Checkpoint(contentsOf: source)
      checkpoint.tensors["decoder.weight"] = Tensor(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])
      let file = folder.path("\(name).safetensors")
      try checkpoint.write(safetensors: file)
      let deployed = try Checkpoint(contentsOf: Self.path("\(name)/deploy.pth"))
      try ToolProcess.repvgg.run(expecting: 0, ["convert", "-f", file, target])
      #expect(
        try Set(Checkpoint(contentsOf: target).tensors.keys)
          == Set(deployed.tensors.keys).union(["decoder.weight"]))
      try ToolProcess.repvgg.run(
        expecting: 0, ["verify", source, "--against", Self.path("\(name)/deploy.pth")])
      try ToolProcess.repvgg.run(
        expecting: 0,
        [
          "verify", source, "--against", Self.path("\(name)/deploy_op16.onnx"), "--size", "32",
          "--random", "1",
        ])
      let inspected = try json(0, ["inspect", source])
      #expect(
        inspected["family"] as? String
          == (name == "mobileone-apple" ? "mobileone" : "timm-mobileone"))
      #expect((inspected["stages"] as? [Any])?.count == (name == "mobileone-apple" ? 5 : 4))
    }
  }

  /// With `--names keep` everything of a known network's file is copied too.
  @Test func namesAreKeptWhereThatIsSaid() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("merged.safetensors")
    let source = Self.path("repvgg-fpn-seg/train.pth")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", source, target])
    #expect(try Checkpoint(contentsOf: target).tensors["conv_seg.weight"] == nil)
    try ToolProcess.repvgg.run(expecting: 0, ["convert", "-f", "--names", "keep", source, target])
    let merged = try Checkpoint(contentsOf: target).tensors
    let deployed = try Checkpoint(contentsOf: Self.path("repvgg-fpn-seg/deploy.pth")).tensors
    #expect(Set(merged.keys) == Set(deployed.keys))
  }

  @Test func whatCannotBeMergedIsRefused() throws {
    let folder = try TemporaryFolder()
    let onnx = try ToolProcess.repvgg.run(
      expecting: 65, ["convert", Self.path("acb-vgg/train.safetensors"), folder.path("a.onnx")])
    #expect(onnx.messages.contains("no graph between them"))
    let official = try ToolProcess.repvgg.run(
      expecting: 65,
      [
        "convert", "--names", "official", Self.path("acb-vgg/train.safetensors"),
        folder.path("a.safetensors"),
      ])
    #expect(official.messages.contains("holds no network of a known family"))
    let merged = try ToolProcess.repvgg.run(
      expecting: 65,
      [
        "convert", "--names", "keep", Self.path("acb-vgg/deploy.pth"),
        folder.path("a.safetensors"),
      ])
    #expect(merged.messages.contains("holds no branches that merge"))
    // A network that is known is read as such, and what is wrong with it is said.
    var damaged = try Checkpoint(contentsOf: CommandFixture.path("tiny/train.safetensors"))
    damaged.tensors["stage2.0.rbr_1x1.conv.weight"] = nil
    try damaged.write(safetensors: folder.path("damaged.safetensors"))
    let known = try ToolProcess.repvgg.run(
      expecting: 65, ["inspect", folder.path("damaged.safetensors")])
    #expect(known.messages.contains("is not a complete network: missing: stage2.0.rbr_1x1"))
    var block = try Checkpoint(contentsOf: Self.path("acb-vgg/train.safetensors"))
    block.tensors["stage2.0.ver_bn.running_var"] = nil
    try block.write(safetensors: folder.path("block.safetensors"))
    let missing = try ToolProcess.repvgg.run(
      expecting: 65, ["inspect", folder.path("block.safetensors")])
    #expect(missing.messages.contains("tensor 'stage2.0.ver_bn.running_var': is missing"))
    #expect(try folder.contents == ["block.safetensors", "damaged.safetensors"])
  }
}
