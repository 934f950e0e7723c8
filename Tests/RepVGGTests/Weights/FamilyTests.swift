import Foundation
import RepVGG
import TestSupport
import Testing

/// Names decide: every family's, with whatever wrappers, in whatever order.
@Suite struct FamilyTests {
  static func checkpoint(_ name: String) throws -> Checkpoint {
    try Checkpoint(contentsOf: Fixture.path(name))
  }

  static func logits(
    _ network: Network, _ form: Form = .plain, folder: String = "tiny"
  ) throws -> [Float] {
    let images = try NPYArray(
      contentsOf: Fixture.root.appending(path: "\(folder)/input.npy").path)
    let input = try InputShape(
      batch: images.shape[0], height: images.shape[2], width: images.shape[3])
    return try Plan(network, input: input, options: PlanOptions(form: form)).makeSession()
      .run(images.floats())
  }

  /// The checkpoint with other names; nil drops a tensor.
  static func renamed(
    _ checkpoint: Checkpoint, _ rename: (String) -> String?
  ) -> Checkpoint {
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in checkpoint.tensors {
      if let new = rename(name) {
        tensors[new] = Tensor(shape: tensor.shape, source: tensor.source)
      }
    }
    return Checkpoint(tensors: tensors)
  }

  static func replacing(_ pairs: [(String, String)]) -> (String) -> String? {
    { name in pairs.reduce(name) { $0.replacingOccurrences(of: $1.0, with: $1.1) } }
  }

  static let mmpretrainNames: [(String, String)] =
    [("stage0.", "backbone.stem.")] + (1...4).map { ("stage\($0).", "backbone.stage_\($0).") } + [
      ("rbr_dense.conv", "branch_3x3.conv"), ("rbr_dense.bn", "branch_3x3.norm"),
      ("rbr_1x1.conv", "branch_1x1.conv"), ("rbr_1x1.bn", "branch_1x1.norm"),
      ("rbr_identity", "branch_norm"), ("rbr_reparam", "branch_reparam"),
      ("se.down", "se_layer.conv1.conv"), ("se.up", "se_layer.conv2.conv"),
      ("linear.", "head.fc."),
    ]

  /// However many layers a file's classifier has, one sentence has room for what is wrong with them.
  @Test(arguments: ["fc.%d.weight", "fc.%d.other"])
  func refusalsOfClassifiersAreShort(_ pattern: String) throws {
    let official = try Self.checkpoint("tiny/train.pth")
    var tensors = Self.renamed(official) { $0.hasPrefix("linear.") ? nil : $0 }.tensors
    let weight = try #require(official.tensors["linear.weight"])
    for index in 0..<2000 {
      let name = pattern.replacingOccurrences(of: "%d", with: "\(index)")
      tensors[name] = Tensor(shape: weight.shape, source: weight.source)
    }
    let error = #expect(throws: RepVGGError.self) {
      try Network(Checkpoint(tensors: tensors))
    }
    #expect(error?.reason.contains("and 1992 more") == true, "\(String(describing: error))")
    #expect((error?.reason.utf8.count ?? .max) < 1000)
  }

  // MARK: - Families without a fixture of their own

  @Test(arguments: ["tiny", "tiny-g2", "tiny-se"], ["train", "deploy"])
  func mmpretrain(_ folder: String, _ form: String) throws {
    let official = try Self.checkpoint("\(folder)/\(form).pth")
    let network = try Network(Self.renamed(official, Self.replacing(Self.mmpretrainNames)))
    #expect(network.origin.family == .mmpretrain)
    #expect(network.isMerged == (form != "train"))
    #expect(
      try Self.logits(network, folder: folder)
        == Self.logits(Network(official), folder: folder))
  }

  @Test func repOptimizersBaseline() throws {
    let official = try Self.checkpoint("tiny/train.safetensors")
    let network = try Network(
      Self.renamed(
        official,
        Self.replacing([
          ("rbr_dense.conv", "conv_3x3"), ("rbr_dense.bn", "bn_3x3"),
          ("rbr_1x1.conv", "conv_1x1"), ("rbr_1x1.bn", "bn_1x1"), ("rbr_identity", "bn_identity"),
        ])))
    #expect(network.origin.family == .repOptBaseline)
    for form in Form.allCases {
      #expect(try Self.logits(network, form) == Self.logits(Network(official), form))
    }
  }

  // MARK: - Wrappers and order

  @Test(arguments: [
    "state_dict.", "model.", "module.", "ema.", "state_dict.module.", "model.module.",
    "state_dict.model.module.",
  ])
  func wrappersAreStripped(_ prefix: String) throws {
    let official = try Self.checkpoint("tiny/train.safetensors")
    let network = try Network(Self.renamed(official) { prefix + $0 })
    #expect(network.origin.family == .official)
    #expect(try Self.logits(network) == Self.logits(Network(official)))
  }

  @Test func whatATrainingScriptSavesBesideIsIgnored() throws {
    let official = try Self.checkpoint("tiny/train.safetensors")
    var wrapped = Self.renamed(official) { "model." + $0 }
    let other = Tensor(shape: [2], elements: [1, 2])
    for name in ["optimizer.state.0.momentum_buffer", "epoch", "lr_scheduler.base_lrs"] {
      wrapped.tensors[name] = other
    }
    #expect(try Self.logits(Network(wrapped)) == Self.logits(Network(official)))
  }

  /// A safetensors file whose header lists the tensors in another order.
  @Test func theOrderInAFileMeansNothing() throws {
    let bytes = try Fixture.bytes("tiny-g2/train.safetensors")
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: Any])
    let folder = try TemporaryFolder()
    let expected = try Network(Self.checkpoint("tiny-g2/train.safetensors"))
    for (index, names) in [header.keys.sorted(), header.keys.sorted().reversed()].enumerated() {
      let entries = try names.map { name in
        let value = try JSONSerialization.data(withJSONObject: header[name] ?? [:])
        return "\"\(name)\":" + String(decoding: value, as: UTF8.self)
      }
      let json = Array("{\(entries.joined(separator: ","))}".utf8)
      let prefix = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) }
      let path = try folder.file("order-\(index)", prefix + json + bytes[(8 + length)...])
      let network = try Network(contentsOf: path)
      #expect(network.structure == expected.structure)
      #expect(
        try Self.logits(network, folder: "tiny-g2") == Self.logits(expected, folder: "tiny-g2"))
    }
  }

  // MARK: - Epsilon

  /// `variance + epsilon` is all that a batch norm sees of either.
  @Test func epsilonIsAddedToTheVariance() throws {
    let official = try Self.checkpoint("tiny/train.safetensors")
    var shifted = official
    for (name, tensor) in official.tensors where name.hasSuffix("running_var") {
      shifted.tensors[name] = Tensor(
        shape: tensor.shape, elements: try tensor.floats().map { $0 + 0.00999 })
    }
    for form in Form.allCases {
      let large = try Self.logits(Network(official, options: NetworkOptions(epsilon: 0.01)), form)
      #expect(relativeL2(large, try Self.logits(Network(shifted), form)) <= 1e-5)
      #expect(relativeL2(large, try Self.logits(Network(official), form)) > 1e-3)
    }
    for epsilon in [-1, .nan, Double.infinity] {
      let error = #expect(throws: RepVGGError.self) {
        try Network(official, options: NetworkOptions(epsilon: epsilon))
      }
      #expect(error?.kind == .invalidArgument)
    }
  }

  // MARK: - Errors

  @Test func oneErrorNamesEverything() throws {
    var checkpoint = try Self.checkpoint("tiny/train.safetensors")
    let missing = [
      "stage0.rbr_dense.conv.weight", "stage1.0.rbr_1x1.bn.bias", "stage3.1.rbr_identity.weight",
      "linear.weight",
    ]
    let unexpected = ["stage4.0.rbr_identity.weight", "stage2.0.rbr_3x3.weight"]
    for name in missing { checkpoint.tensors[name] = nil }
    for name in unexpected { checkpoint.tensors[name] = Tensor(shape: [1], elements: [0]) }
    let misshapen = "stage2.1.rbr_dense.bn.weight"
    checkpoint.tensors[misshapen] = Tensor(shape: [3], elements: [1, 2, 3])
    let error = #expect(throws: RepVGGError.self) { try Network(checkpoint) }
    #expect(error?.kind == .badData)
    let text = "\(try #require(error))"
    #expect(text.contains("train.safetensors"))
    for name in missing + unexpected + [misshapen] { #expect(text.contains(name), "\(text)") }
    // What is right is not blamed for what is wrong.
    #expect(!text.contains("stage1.0.rbr_dense") && !text.contains("stage4.0.rbr_dense"))
  }

  @Test func missingBlocksAndMixedFormsAreNamed() throws {
    let trained = try Self.checkpoint("tiny/train.safetensors")
    let gap = Self.renamed(trained) { $0.hasPrefix("stage3.0.") ? nil : $0 }
    let gapText = "\(try #require(#expect(throws: RepVGGError.self) { try Network(gap) }))"
    #expect(gapText.contains("stage3.0.*"))
    let stage = Self.renamed(trained) { $0.hasPrefix("stage2.") ? nil : $0 }
    #expect(throws: RepVGGError.self) { try Network(stage) }

    var mixed = Self.renamed(trained) { $0.hasPrefix("stage2.1.") ? nil : $0 }
    let deployed = try Self.checkpoint("tiny/deploy.pth")
    for (name, tensor) in deployed.tensors where name.hasPrefix("stage2.1.") {
      mixed.tensors[name] = tensor
    }
    let mixedText = "\(try #require(#expect(throws: RepVGGError.self) { try Network(mixed) }))"
    #expect(mixedText.contains("stage2.1") && mixedText.contains("deployed"))
    #expect(!mixedText.contains("missing"))
  }

  @Test func otherNetworksAreNotMistakenForThisOne() {
    let tensor = Tensor(shape: [64, 3, 7, 7], elements: [Float](repeating: 0, count: 9408))
    for names in [["conv1.weight", "layer1.0.conv1.weight"], ["x"], []] {
      let checkpoint = Checkpoint(
        tensors: Dictionary(uniqueKeysWithValues: names.map { ($0, tensor) }))
      let error = #expect(throws: RepVGGError.self) { try Network(checkpoint) }
      #expect(error?.kind == .badData)
    }
  }

  @Test func scalesAloneAreNoNetwork() throws {
    var checkpoint = try Checkpoint(contentsOf: Fixture.path("repopt-tiny-hs/train.safetensors"))
    checkpoint.tensors = checkpoint.tensors.filter { $0.key.contains(".scale_") }
    try #require(checkpoint.tensors.count > 8)
    let error = #expect(throws: RepVGGError.self) { try Network(checkpoint) }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("scales of RepOptimizer and no network") == true)
  }
}
