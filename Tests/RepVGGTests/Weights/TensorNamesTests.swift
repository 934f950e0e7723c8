import Foundation
import RepVGG
import Testing

/// Which names are of the network, whatever stands before, between or beside them.
@Suite struct TensorNamesTests {
  private static func tiny(_ form: String = "train") throws -> Checkpoint {
    try FamilyTests.checkpoint("tiny/\(form).pth")
  }

  private static func logits(_ checkpoint: Checkpoint) throws -> [Float] {
    try FamilyTests.logits(Network(checkpoint))
  }

  private static func reason(
    _ checkpoint: Checkpoint, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let error = try #require(
      #expect(throws: RepVGGError.self, sourceLocation: sourceLocation) { try Network(checkpoint) })
    #expect(error.kind == .badData)
    return "\(error)"
  }

  private static let one = Tensor(shape: [1], elements: [1])

  // MARK: - Prefixes

  @Test(arguments: [
    "net.", "backbone.", "model_state.", "_orig_mod.", "module._orig_mod.",
    "_orig_mod.module.model.", "state_dict.model._orig_mod.", "learner.0.encoder-a.",
    "module.module.module.", "_fsdp_wrapped_module.model._orig_mod.",
  ])
  func anyOnePrefixIsTakenOff(_ prefix: String) throws {
    var checkpoint = FamilyTests.renamed(try Self.tiny()) { prefix + $0 }
    checkpoint.tensors["n_averaged"] = Self.one
    checkpoint.tensors["optimizer.state.0.exp_avg"] = Self.one
    let network = try Network(checkpoint)
    #expect(try FamilyTests.logits(network) == Self.logits(Self.tiny()))
    #expect(network.origin.ignoredTensors == ["n_averaged", "optimizer.state.0.exp_avg"])
  }

  @Test func compiledModulesMayBeAnywhere() throws {
    let checkpoint = FamilyTests.renamed(try Self.tiny()) {
      $0.replacingOccurrences(of: "stage2.", with: "stage2._orig_mod.")
        .replacingOccurrences(of: "linear.", with: "linear._orig_mod.")
    }
    #expect(try Self.logits(checkpoint) == Self.logits(Self.tiny()))
  }

  static let stageNames: [[(String, String)]] = [
    [("stage", "layer")], [("stage", "block")], [("stage", "stage_")],
    [("stage0.", "stem."), ("stage", "stage_")], [("stage0.", "stem.")],
    [
      ("stage0.", "stem."), ("stage1.", "s0."), ("stage2.", "s1."), ("stage3.", "s2."),
      ("stage4.", "s3."),
    ],
    [
      ("stage0.", "stages.0."), ("stage1.", "stages.1."), ("stage2.", "stages.2."),
      ("stage3.", "stages.3."), ("stage4.", "stages.4."),
    ],
  ]

  @Test(arguments: stageNames, ["train", "deploy"])
  func stagesMayHaveOtherNames(_ pairs: [(String, String)], _ form: String) throws {
    let official = try Self.tiny(form)
    let network = try Network(FamilyTests.renamed(official, FamilyTests.replacing(pairs)))
    #expect(network.origin.family == .official)
    #expect(try FamilyTests.logits(network) == Self.logits(official))
  }

  @Test func mmpretrainBackbonesAreKnownWithoutTheirPrefix() throws {
    let names = FamilyTests.replacing(
      FamilyTests.mmpretrainNames + [("backbone.", "")])
    let network = try Network(FamilyTests.renamed(Self.tiny(), names))
    #expect(network.origin.family == .mmpretrain)
    #expect(try FamilyTests.logits(network) == Self.logits(Self.tiny()))
  }

  // MARK: - Tensors beside the network

  @Test func whatNoBlockAsksForIsIgnored() throws {
    var checkpoint = try Self.tiny()
    let names = [
      "total_ops", "stage0.total_params", "stage1.0.rbr_dense.conv.total_ops", "stage3.total_ops",
      "criterion.weight", "val_acc.tp", "queue",
    ]
    for name in names { checkpoint.tensors[name] = Self.one }
    let network = try Network(checkpoint)
    #expect(network.origin.ignoredTensors == names.sorted())
    #expect(try FamilyTests.logits(network) == Self.logits(Self.tiny()))
  }

  @Test(arguments: [
    "stage1.0.rbr_dense3.conv.weight", "stage1.0.rbr_dense.conv.bias", "stage1.0.alpha",
    "stage0.activation_post_process.scale", "stage5.0.rbr_dense.conv.weight", "stage1.alpha",
    "stage2.transition.weight", "layer1.0.rbr_dense.conv.weight", "final_conv.conv.weight",
    "stage1.0.rbr_dense.conv.weight_orig",
    "stage1.0.rbr_dense.conv.parametrizations.weight.original",
    "stage4.0.rbr_identity.weight",
  ])
  func anUnknownTensorOfTheNetworkIsAnError(_ name: String) throws {
    var checkpoint = try Self.tiny()
    checkpoint.tensors[name] = Self.one
    #expect(try Self.reason(checkpoint).contains("unexpected: \(name)"))
  }

  @Test func namesThatAnyNetworkMayHaveMeanNothingElsewhere() throws {
    let target = FamilyTests.renamed(try Self.tiny()) {
      $0.contains("rbr_1x1") || $0.contains("rbr_identity")
        ? nil : $0.replacingOccurrences(of: "rbr_dense.", with: "")
    }
    #expect(try Network(target).origin.family == .repOptTarget)
    let other = FamilyTests.renamed(target, FamilyTests.replacing([("stage", "layer")]))
    #expect(try Self.reason(other).contains("no network of a known family"))
  }

  @Test func namesOfNormalizationAreFound() throws {
    for (mean, deviation) in [
      ("mean", "std"), ("normalize.mean", "normalize.std"), ("pixel_mean", "pixel_std"),
    ] {
      var checkpoint = FamilyTests.renamed(try Self.tiny()) { "model." + $0 }
      checkpoint.tensors["model." + mean] = Tensor(shape: [1, 3, 1, 1], elements: [0.5, 0.25, 0])
      checkpoint.tensors["model." + deviation] = Tensor(shape: [3, 1, 1], elements: [1, 0.5, 2])
      #expect(
        try Network(checkpoint).origin.normalization
          == Network.Normalization(mean: [0.5, 0.25, 0], deviation: [1, 0.5, 2]))
      checkpoint.tensors["model." + deviation] = Tensor(shape: [3], elements: [1, 0, 2])
      #expect(try Network(checkpoint).origin.normalization == nil)
    }
  }

  // MARK: - Two names for one place

  @Test(arguments: [
    ("stage1.0.", "stage1.00."), ("stage1.0.", "stage01.0."), ("stage2.1.", "stage2.0001."),
    ("linear.", "_orig_mod.linear."), ("stage0.", "_orig_mod.stage0."),
  ])
  func twoNamesForOnePlaceAreBadData(_ pair: (String, String)) throws {
    var checkpoint = try Self.tiny("deploy")
    for (name, tensor) in checkpoint.tensors where name.hasPrefix(pair.0) {
      checkpoint.tensors[pair.1 + name.dropFirst(pair.0.count)] = tensor
    }
    let text = try Self.reason(checkpoint)
    #expect(text.contains("name the same tensor") && text.contains(pair.1))
    for _ in 0..<8 { #expect(try Self.reason(checkpoint) == text) }
  }

  @Test func twoNamesOfAGateAreBadData() throws {
    var checkpoint = FamilyTests.renamed(
      try FamilyTests.checkpoint("tiny-se/train.safetensors"),
      FamilyTests.replacing(FamilyTests.mmpretrainNames))
    for (name, tensor) in checkpoint.tensors where name.contains("se_layer.conv1.conv.") {
      checkpoint.tensors[name.replacingOccurrences(of: "conv1.conv", with: "conv1")] = tensor
    }
    #expect(try Self.reason(checkpoint).contains("name the same tensor"))
  }

  // MARK: - Pruning and both forms

  @Test func aPrunedTensorIsMultipliedByItsMask() throws {
    let official = try Self.tiny()
    var pruned = official
    var expected = official
    for name in ["stage1.0.rbr_dense.conv.weight", "stage2.0.rbr_1x1.bn.bias", "linear.weight"] {
      let tensor = try #require(official.tensors[name])
      let values = try tensor.floats()
      let mask = values.indices.map { $0 % 3 == 0 ? Float(0) : 1 }
      pruned.tensors[name] = nil
      pruned.tensors[name + "_orig"] = tensor
      pruned.tensors[name + "_mask"] = Tensor(shape: tensor.shape, elements: mask)
      expected.tensors[name] = Tensor(
        shape: tensor.shape, elements: zip(values, mask).map { $0 * $1 })
    }
    #expect(try Self.logits(pruned) == Self.logits(expected))
    #expect(try Self.logits(pruned) != Self.logits(official))
    pruned.tensors["linear.weight_mask"] = Self.one
    #expect(try Self.reason(pruned).contains("linear.weight_mask"))
  }

  @Test func bothFormsOfABlockMustBeTheSame() throws {
    var both = try Self.tiny()
    for (name, tensor) in try Self.tiny("deploy").tensors { both.tensors[name] = tensor }
    let network = try Network(both)
    #expect(!network.isMerged)
    #expect(try FamilyTests.logits(network) == Self.logits(Self.tiny()))
    #expect(network.origin.ignoredTensors.contains("stage0.rbr_reparam.weight"))
    let bias = try #require(both.tensors["stage2.1.rbr_reparam.bias"])
    both.tensors["stage2.1.rbr_reparam.bias"] = Tensor(
      shape: bias.shape, elements: try bias.floats().map { $0 + 0.1 })
    let text = try Self.reason(both)
    #expect(text.contains("stage2.1") && text.contains("another function"))
  }

  // MARK: - Time

  /// What a prefix costs grows with its length, not with its square.
  @Test(.timeLimit(.minutes(1)), arguments: ["module.", "_orig_mod.", "ema.", "stage0.", "1."])
  func longNamesTakeNoTime(_ part: String) throws {
    var checkpoint = try Self.tiny()
    checkpoint.tensors[String(repeating: part, count: 100_000) + "x"] = Self.one
    if part == "stage0." {
      #expect(try Self.reason(checkpoint).utf8.count < 1000)
    } else {
      #expect(try Network(checkpoint).origin.ignoredTensors.count == 1)
    }
    func prefixed(_ count: Int) throws -> Checkpoint {
      FamilyTests.renamed(try Self.tiny("deploy")) { String(repeating: part, count: count) + $0 }
    }
    #expect(try Network(prefixed(100)).origin.groups.count == 1)
    if part == "_orig_mod." {
      #expect(try Network(prefixed(10_000)).origin.group.isEmpty)
    } else {
      #expect(try Self.reason(prefixed(10_000)).contains("no network of a known family"))
    }
  }

  @Test func listsOfNamesAreShort() throws {
    var checkpoint = try Self.tiny()
    for index in 0..<5000 { checkpoint.tensors["stage1.0.unknown\(index)"] = Self.one }
    let text = try Self.reason(checkpoint)
    #expect(text.contains("and 4992 more") && text.utf8.count < 2000)
    let other = Checkpoint(
      tensors: Dictionary(uniqueKeysWithValues: (0..<5000).map { ("conv\($0).weight", Self.one) }))
    let otherText = try Self.reason(other)
    #expect(otherText.contains("and 4992 more") && otherText.utf8.count < 1000)
  }
}
