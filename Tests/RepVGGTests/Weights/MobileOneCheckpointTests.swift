import RepVGG
import TestSupport
import Testing

/// MobileOne's checkpoints as networks: the names of three code bases, trained and deployed.
@Suite struct MobileOneCheckpointTests {
  private static func path(_ name: String) -> String { Fixture.path("universe/\(name)") }

  private static func expectOutputs(
    _ network: Network, _ folder: String, bound: Double
  ) throws {
    for suffix in ["", "_odd"] {
      let input = try ReferenceTensor(
        NPYArray(contentsOf: path("\(folder)/input\(suffix).npy")).tensor)
      let stored = try ReferenceTensor(
        NPYArray(contentsOf: path("\(folder)/output\(suffix)_f64.npy")).tensor)
      let result = try #require(try ReferenceGraph(network).outputs(["input": input])["logits"])
      #expect(result.shape == stored.shape)
      let difference = try #require(GraphComparison.Difference("logits", result, stored))
      #expect(difference.relativeMaximum < bound, "\(folder)\(suffix)")
    }
  }

  @Test(
    arguments: [
      ("mobileone-apple", "train.safetensors"), ("mobileone-apple", "train.pth"),
      ("mobileone-apple", "deploy.pth"), ("mobileone-timm", "train.safetensors"),
      ("mobileone-timm", "deploy.pth"),
    ])
  func outputsAreThoseOfPyTorch(_ folder: String, _ file: String) throws {
    let network = try Network(contentsOf: Self.path("\(folder)/\(file)"))
    let isTrained = file.hasPrefix("train")
    #expect(network.isMerged == !isTrained)
    #expect(
      network.origin.family == (folder.hasSuffix("timm") ? .timmMobileOne : .mobileOne))
    // Upstream rounds the merged kernels.
    try Self.expectOutputs(network, folder, bound: isTrained ? 1e-11 : 3e-6)
    try Self.expectOutputs(network.reparameterized(), folder, bound: 3e-6)
    // The stem cannot have an identity branch, so nothing proves its stride.
    #expect(network.origin.strideEvidence.first == .assumed)
    #expect(
      Set(network.origin.strideEvidence.dropFirst()) == [isTrained ? .proven : .assumed])
    #expect(network.origin.strideEvidence.count == (folder.hasSuffix("timm") ? 4 : 5))
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    for (folder, file) in [
      ("mobileone-apple", "train.safetensors"), ("mobileone-timm", "train.safetensors"),
    ] {
      let network = try Network(contentsOf: Self.path("\(folder)/\(file)")).reparameterized()
      let checkpoint = try network.deployedCheckpoint()
      let upstream = try Checkpoint(contentsOf: Self.path("\(folder)/deploy.pth"))
      #expect(Set(checkpoint.tensors.keys) == Set(upstream.tensors.keys))
      let again = try Network(checkpoint)
      #expect(again.structure == network.structure)
      #expect(again.origin.family == network.origin.family)
    }
  }

  /// Names and shapes tell which of the published networks a file holds, with its gates.
  @Test(arguments: Architecture.catalogue.filter { $0.family == .mobileOne })
  func everyMobileOne(_ architecture: Architecture) throws {
    let seeded = Network(architecture, seed: 1)
    let trained = Checkpoint(
      tensors: Dictionary(uniqueKeysWithValues: seeded.tensors.map { ($0.name, $0) }))
    let timm = Checkpoint(
      tensors: Dictionary(
        uniqueKeysWithValues: trained.tensors.map { (Self.timmName($0.key), $0.value) }))
    let mmpretrain = Checkpoint(
      tensors: Dictionary(
        uniqueKeysWithValues: trained.tensors.map { (Self.mmpretrainName($0.key), $0.value) }))
    for (checkpoint, family) in [
      (trained, Family.mobileOne), (timm, .timmMobileOne), (mmpretrain, .mmpretrainMobileOne),
    ] {
      let network = try Network(checkpoint)
      #expect(network.origin.family == family)
      #expect(network.origin.architecture == architecture.name)
      #expect(network.structure == seeded.structure)
      let deployed = try Self.withoutElements(network).deployedCheckpoint()
      let plain = try Network(deployed)
      #expect(plain.origin.family == family)
      #expect(plain.origin.architecture == architecture.name)
      #expect(plain.structure == seeded.structure)
    }
  }

  @Test func stridesOfAnyNumberOfStagesAreStored() throws {
    var options = NetworkOptions()
    let path = Self.path("mobileone-timm/deploy.pth")
    options.strides = [1, 2, 1, 2]
    let network = try Network(contentsOf: path, options: options)
    #expect(network.origin.strideEvidence == [.given, .given, .given, .given])
    let checkpoint = try network.deployedCheckpoint()
    #expect(checkpoint.metadata["strides"] == "1,2,1,2")
    #expect(try Network(checkpoint).structure == network.structure)
    options.strides = [1, 2, 1, 2, 2]
    let error = try Self.error { () throws(RepVGGError) in
      _ = try Network(contentsOf: path, options: options)
    }
    #expect(error.kind == .invalidArgument)
    #expect(error.reason.hasPrefix("strides are four numbers of 1 or 2"))
    options.strides = [2, 1, 2, 2]
    let contradiction = try Self.error { () throws(RepVGGError) in
      _ = try Network(
        contentsOf: Self.path("mobileone-timm/train.safetensors"), options: options)
    }
    #expect(contradiction.reason.contains("its stride is 2"))
  }

  /// What is missing, too much or of another shape is named, and nothing else is read for it.
  @Test(
    arguments: [
      ("stage1.1.rbr_skip.weight", nil, "stage1.1.rbr_skip.weight"),
      ("stage1.2.rbr_conv.1.bn.running_var", nil, "stage1.2.rbr_conv.1.bn.running_var"),
      ("stage1.2.rbr_conv.0.conv.weight", nil, "stage1.2.rbr_conv.0.conv.weight"),
      ("stage2.0.rbr_scale.bn.bias", nil, "stage2.0.rbr_scale.bn.bias"),
      ("stage1.2.rbr_conv.2.conv.weight", [8, 1, 5, 5], "'stage1.2' has a kernel of 5"),
      ("stage1.2.rbr_conv.0.conv.weight", [8, 1, 2, 2], "stage1.2.rbr_conv.0.conv.weight"),
      ("stage1.2.rbr_conv.0.conv.weight", [8, 3, 3, 3], "stage1.2.rbr_conv.0.conv.weight"),
      ("stage1.2.rbr_conv.0.conv.weight", [8], "stage1.2.rbr_conv.0.conv.weight"),
      ("stage1.2.rbr_scale.conv.weight", [8, 1, 1], "stage1.2.rbr_scale.conv.weight"),
      ("stage1.2.rbr_conv.1.bn.weight", [9], "stage1.2"),
      ("stage3.1.rbr_conv.5.conv.weight", [16, 16, 1, 1], "stage3.1.rbr_conv.5.conv.weight"),
      ("stage2.1.rbr_skip.bias", [16], "stage2.1.rbr_skip"),
    ] as [(String, [Int]?, String)])
  func damageIsNamed(_ name: String, _ shape: [Int]?, _ culprit: String) throws {
    var checkpoint = try Checkpoint(
      contentsOf: Self.path("mobileone-apple/train.safetensors"))
    checkpoint.tensors[name] = shape.map {
      Tensor(shape: $0, elements: [Float](repeating: 0, count: $0.reduce(1, *)))
    }
    let error = try Self.error { () throws(RepVGGError) in _ = try Network(checkpoint) }
    #expect(error.kind == .badData)
    #expect(error.description.contains(culprit), "\(error)")
  }

  /// One pixel in a kernel does not make a file of RepVGG's names another network.
  @Test func kernelsOfOnePixelAreWrongInRepVGG() throws {
    let name = "stage2.0.rbr_reparam.weight"
    var checkpoint = try Checkpoint(contentsOf: Fixture.path("tiny/deploy.pth"))
    let shape = try #require(checkpoint.tensors[name]).shape[..<2] + [1, 1]
    checkpoint.tensors[name] = Tensor(
      shape: Array(shape), elements: [Float](repeating: 0, count: shape.reduce(1, *)))
    let error = try Self.error { () throws(RepVGGError) in _ = try Network(checkpoint) }
    #expect(error.reason.contains("expected [output, input / groups, 3, 3]"))
  }

  private static func error(_ body: () throws(RepVGGError) -> Void) throws -> RepVGGError {
    do throws(RepVGGError) { try body() } catch { return error }
    struct NothingThrown: Error {}
    throw NothingThrown()
  }

  private static func timmName(_ name: String) -> String {
    var parts = name.split(separator: ".").map(String.init)
    if parts[0] == "linear" { return "head.fc." + parts[1] }
    if parts[0] == "stage0" {
      parts[0] = "stem"
    } else {
      parts[0] = "stages.\((Int(parts[0].dropFirst(5)) ?? 0) - 1)"
    }
    let names = [
      "rbr_conv": "conv_kxk", "rbr_scale": "conv_scale", "rbr_skip": "identity", "se": "attn",
      "reduce": "fc1", "expand": "fc2",
    ]
    return parts.map { names[$0] ?? $0 }.joined(separator: ".")
  }

  private static func mmpretrainName(_ name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    if parts[0] == "linear" { return "head.fc." + parts[1] }
    let names = [
      "rbr_conv": "branch_conv_list", "rbr_scale": "branch_scale", "rbr_skip": "branch_norm",
      "reduce": "conv1.conv", "expand": "conv2.conv",
    ]
    return "backbone." + parts.map { names[$0] ?? $0 }.joined(separator: ".")
  }

  /// The merged network with zeros, which are never computed.
  private static func withoutElements(_ network: Network) throws -> Network {
    var network = network
    for block in network.blocks {
      let geometry = block.geometry
      let shape = [
        geometry.outputChannels, geometry.inputChannels / geometry.groups,
        geometry.kernelSize.height, geometry.kernelSize.width,
      ]
      network[block.node].operation = .linear(
        .convolution(
          Convolution(
            kernel: Tensor(shape: shape, source: Zeros()),
            bias: Tensor(shape: [shape[0]], source: Zeros()), stride: geometry.stride,
            padding: geometry.padding, groups: geometry.groups)))
    }
    return network
  }

  private struct Zeros: TensorSource {
    var elementType: ElementType { .float32 }
    func floats(count: Int) -> [Float] { [Float](repeating: 0, count: count) }
  }
}
