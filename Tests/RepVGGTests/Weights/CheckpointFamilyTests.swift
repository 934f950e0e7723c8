import RepVGG
import TestSupport
import Testing

/// What a further family costs: one description of its blocks, which finds, reads and checks them.
@Suite struct CheckpointFamilyTests {
  /// cxxgtxy/QARepVGG, `QARepVGGBlockV2`: a batch norm after the sum, an identity without tensors.
  private static let qaRepVGG = CheckpointFamily(
    .official, blockNames: BlockPattern(stem: "stage0", word: "stage"), headName: "linear"
  ) { block in
    block.plain("rbr_reparam")
      ?? .sequence([
        block.sum([
          block.convolution("rbr_dense.conv", size: 3, norm: "rbr_dense.bn"),
          block.convolution("rbr_1x1", size: 1),
          block.identity(.identity),
        ]),
        block.norm("bn"),
      ])
  }

  /// Blocks with the names of timm's MobileOne, of any number of 3x3 branches, and a classifier in
  /// a module of its own.
  private static let mobileOne = CheckpointFamily(
    .timm, blockNames: BlockPattern(stem: "stem", word: "stages.", firstStage: 0),
    headName: "output.fc"
  ) { block in
    block.sum(
      (0..<4).map { index in
        let name = "conv_kxk.\(index)"
        return block.contains(name)
          ? block.convolution("\(name).conv", size: 3, norm: "\(name).bn") : nil
      } + [
        block.convolution("conv_scale.conv", size: 1, norm: "conv_scale.bn"),
        block.identity(block.norm("identity")),
      ])
  }

  private static func network(
    _ checkpoint: Checkpoint, _ family: CheckpointFamily
  ) throws(RepVGGError) -> Network {
    // Next to a family that knows some of its names.
    try Network(checkpoint, families: CheckpointFamilies([.official, .timm, family]))
  }

  private static func text(_ checkpoint: Checkpoint, _ family: CheckpointFamily) throws -> String {
    "\(try #require(#expect(throws: RepVGGError.self) { try network(checkpoint, family) }))"
  }

  private static let one = Tensor(shape: [1], elements: [1])

  // MARK: - Other operators

  @Test(arguments: ["train.safetensors", "deploy.pth"])
  func aDescriptionReadsWhatUpstreamWrote(_ file: String) throws {
    let checkpoint = try FamilyTests.checkpoint("qarepvgg-v2/\(file)")
    let network = try Self.network(checkpoint, Self.qaRepVGG)
    #expect(network.isMerged == (file == "deploy.pth"))
    #expect(network.origin.ignoredTensors.isEmpty)
    #expect(network.blocks.count == 6)
    let expected = try NPYArray(contentsOf: Fixture.path("qarepvgg-v2/logits_f64.npy")).floats()
    let logits = try FamilyTests.logits(network, folder: "qarepvgg-v2")
    #expect(relativeL2(logits, expected) <= 1e-5)
    // Read back as any network, whatever family it came from.
    let written = try Network(network.reparameterized().deployedCheckpoint())
    #expect(relativeL2(try FamilyTests.logits(written, folder: "qarepvgg-v2"), expected) <= 1e-5)
  }

  @Test func whatItsBlocksLackIsNamed() throws {
    var checkpoint = try FamilyTests.checkpoint("qarepvgg-v2/train.safetensors")
    let missing = [
      "stage0.rbr_1x1.weight", "stage1.1.bn.bias", "stage2.0.rbr_dense.bn.running_var",
    ]
    let unexpected = ["stage1.1.rbr_identity.weight", "stage3.0.rbr_reparam2.weight"]
    for name in missing { checkpoint.tensors[name] = nil }
    for name in unexpected { checkpoint.tensors[name] = Self.one }
    checkpoint.tensors["stage4.0.bn.weight"] = Self.one
    let text = try Self.text(checkpoint, Self.qaRepVGG)
    #expect(text.contains("'stage4.0.bn.weight' has shape [1], expected [32]"))
    #expect(text.contains("missing: " + missing.joined(separator: ", ") + ";"))
    #expect(text.contains("unexpected: " + unexpected.joined(separator: ", ")))
  }

  @Test func theKnownFamiliesDoNotReadIt() throws {
    let checkpoint = try FamilyTests.checkpoint("qarepvgg-v2/train.safetensors")
    let error = #expect(throws: RepVGGError.self) { try Network(checkpoint) }
    #expect(error?.reason.contains("missing: stage0.rbr_1x1.bn.bias") == true)
  }

  /// The deployed form next to the branches is compared with them, whatever operators these have.
  @Test func bothFormsOfABlockMustBeTheSame() throws {
    var both = try FamilyTests.checkpoint("qarepvgg-v2/train.safetensors")
    let deployed = try FamilyTests.checkpoint("qarepvgg-v2/deploy.pth").tensors
    for (name, tensor) in deployed { both.tensors[name] = tensor }
    let network = try Self.network(both, Self.qaRepVGG)
    #expect(!network.isMerged)
    #expect(network.origin.ignoredTensors.count == 12)
    let bias = try #require(deployed["stage2.0.rbr_reparam.bias"])
    both.tensors["stage2.0.rbr_reparam.bias"] = Tensor(
      shape: bias.shape, elements: try bias.floats().map { $0 + 0.1 })
    #expect(try Self.text(both, Self.qaRepVGG).contains("another function"))
  }

  // MARK: - Other numbers of branches

  /// `tiny` under MobileOne's names, with a second 3x3 branch that is zero in stage 2.
  private static func branchy() throws -> Checkpoint {
    let pairs =
      [("stage0.", "stem.")] + (1...4).map { ("stage\($0).", "stages.\($0 - 1).") } + [
        ("rbr_dense.", "conv_kxk.0."), ("rbr_1x1.", "conv_scale."), ("rbr_identity", "identity"),
        ("linear.", "output.fc."),
      ]
    var checkpoint = FamilyTests.renamed(
      try FamilyTests.checkpoint("tiny/train.safetensors"), FamilyTests.replacing(pairs))
    for (name, tensor) in checkpoint.tensors
    where name.hasPrefix("stages.1.") && name.contains("conv_kxk.0.") {
      let value: Float = name.hasSuffix("running_var") ? 1 : 0
      checkpoint.tensors[name.replacing("conv_kxk.0.", with: "conv_kxk.1.")] = Tensor(
        shape: tensor.shape, elements: [Float](repeating: value, count: tensor.count))
    }
    return checkpoint
  }

  @Test func blocksMayHaveOtherNumbersOfBranches() throws {
    let network = try Self.network(Self.branchy(), Self.mobileOne)
    let counts = network.blocks.map { block in
      if case .sum(let branches) = block.body { branches.count } else { 0 }
    }
    let expected = network.blocks.map {
      2 + ($0.stage == 2 ? 1 : 0) + ($0.canHaveIdentity ? 1 : 0)
    }
    #expect(counts == expected)
    #expect(network.head != nil)
    let official = try Network(FamilyTests.checkpoint("tiny/train.safetensors"))
    #expect(try FamilyTests.logits(network) == FamilyTests.logits(official))
  }

  @Test func whatABranchLacksIsNamed() throws {
    var checkpoint = try Self.branchy()
    checkpoint.tensors["stages.1.0.conv_kxk.1.bn.weight"] = nil
    checkpoint.tensors["stages.1.1.conv_kxk.4.conv.weight"] = Self.one
    let text = try Self.text(checkpoint, Self.mobileOne)
    #expect(text.contains("missing: stages.1.0.conv_kxk.1.bn.weight;"))
    #expect(text.contains("unexpected: stages.1.1.conv_kxk.4.conv.weight"))
  }
}
