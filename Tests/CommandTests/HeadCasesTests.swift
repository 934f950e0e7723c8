import Foundation
import RepVGG
import TestSupport
import Testing

/// Classifiers as people's files have them, files without one, and other images than of three
/// channels: against what PyTorch computed, or with the sentence that refuses them.
@Suite struct HeadCasesTests {
  private static func path(_ name: String) -> String { CommandFixture.path("cases/\(name)") }

  private static func verify(
    _ code: Int32, _ file: String, _ input: String, _ output: String, _ more: [String] = []
  ) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(
      expecting: code,
      ["verify", file, "-i", input, "--logits", output, "--random", "0"] + more)
  }

  /// The logits that one of the files gives.
  private static func run(_ file: String, _ input: String, _ folder: TemporaryFolder) throws
    -> NPYArray
  {
    let output = folder.path("output.npy")
    try ToolProcess.repvgg.run(expecting: 0, ["run", file, "-i", input, "-o", output])
    return try NPYArray(contentsOf: output)
  }

  @Test(
    arguments: [
      ("07-heads/fc-head.pth", "07-heads/"), ("07-heads/dropout-head.pth", "07-heads/"),
      ("08-input-channels/gray.pth", "08-input-channels/gray_"),
      ("08-input-channels/gray-deploy.pth", "08-input-channels/gray_"),
      ("08-input-channels/rgbd.pth", "08-input-channels/rgbd_"),
      ("18-mmpretrain-and-official/mm-stacked-head.pth", "18-mmpretrain-and-official/"),
    ])
  func classifiersAndChannelsAreReadAsPyTorchDoes(_ file: String, _ prefix: String) throws {
    _ = try Self.verify(
      0, Self.path(file), Self.path(prefix + "x.npy"), Self.path(prefix + "y.npy"))
  }

  @Test(arguments: ["norm-dropout-linear", "dropout-linear-norm", "two-norms"])
  func batchNormsAreMergedIntoTheClassifier(_ name: String) throws {
    let file = CommandFixture.path("variants/\(name).pth")
    let (x, y) = (
      CommandFixture.path("variants/x.npy"), CommandFixture.path("variants/\(name)_y.npy")
    )
    _ = try Self.verify(0, file, x, y)
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", file, plain])
    _ = try Self.verify(0, plain, x, y)
  }

  @Test(
    arguments: [
      ("cases/07-heads/sequential-head.pth", ["linear.0", "running statistics"]),
      ("variants/two-linear.pth", ["linear.0, linear.2", "activation"]),
      ("variants/linear-relu-norm.pth", ["'fc.0' and 'fc.2'", "activation"]),
    ])
  func classifiersThatMayNotBeLinearAreRefused(_ file: String, _ words: [String]) throws {
    let refused = try ToolProcess.repvgg.run(
      expecting: 65, ["inspect", CommandFixture.path(file)])
    for word in words + ["cannot be computed"] { #expect(refused.messages.contains(word)) }
  }

  @Test func aClassifierNeedsNoBias() throws {
    let folder = try TemporaryFolder()
    let x = Self.path("07-heads/x.npy")
    let checkpoint = try Checkpoint(contentsOf: Self.path("07-heads/fc-head.pth"))
    let bias = try #require(checkpoint.tensors["fc.bias"]).floats()
    let whole = try NPYArray(contentsOf: Self.path("07-heads/y.npy")).floats()
    let logits = try Self.run(Self.path("07-heads/no-bias-head.pth"), x, folder).floats()
    for index in logits.indices {
      #expect(abs(logits[index] + bias[index % 7] - whole[index]) < 1e-5)
    }
    // It stays without one.
    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(
      expecting: 0, ["convert", Self.path("07-heads/no-bias-head.pth"), plain])
    #expect(try Checkpoint(contentsOf: plain).tensors["linear.bias"] == nil)
  }

  @Test func aSingleClassIsALogit() throws {
    let folder = try TemporaryFolder()
    let output = try Self.run(
      Self.path("07-heads/one-class.pth"), Self.path("07-heads/x.npy"), folder)
    let whole = try NPYArray(contentsOf: Self.path("07-heads/y.npy")).floats()
    #expect(output.shape == [2, 1])
    for (image, logit) in try output.floats().enumerated() {
      #expect(abs(logit - whole[7 * image]) < 1e-5)
    }
  }

  @Test func theProbabilityOfASingleClassIsASigmoid() throws {
    let folder = try TemporaryFolder()
    var checkpoint = try Checkpoint(contentsOf: Self.path("07-heads/one-class.pth"))
    checkpoint.tensors["linear.weight"] = Tensor(
      shape: [1, 32], elements: [Float](repeating: 0, count: 32))
    checkpoint.tensors["linear.bias"] = Tensor(shape: [1], elements: [1.0986123])
    let file = folder.path("one.safetensors")
    try checkpoint.write(safetensors: file)
    let image = folder.path("image.ppm")
    try Data("P6 1 1 255\nabc".utf8).write(to: URL(filePath: image))
    let words = ["classify", image, "-w", file, "--preset", "timm", "--size", "32"]
    let text = try ToolProcess.repvgg.run(expecting: 0, words)
    #expect(text.output.contains("\t0\t0.7500"))
    let lines = try ToolProcess.repvgg.run(expecting: 0, words + ["--jsonl"])
    #expect(lines.output.contains(#""probability":0.75"#) || lines.output.contains("0.7499"))
  }

  // MARK: - Backbones

  @Test func aBackboneGivesFeatures() throws {
    let folder = try TemporaryFolder()
    let (file, x) = (Self.path("07-heads/backbone-only.pth"), Self.path("07-heads/x.npy"))
    let map = Self.path("07-heads/features.npy")
    let verified = try Self.verify(0, file, x, map)
    #expect(verified.output.contains("stored features") && !verified.output.contains("top-1"))

    let pooled = try Self.run(file, x, folder)
    #expect(pooled.shape == [2, 32])
    let features = try NPYArray(contentsOf: map)
    let plane = features.shape[2] * features.shape[3]
    let values = try features.floats()
    for (index, mean) in try pooled.floats().enumerated() {
      let sum = values[index * plane..<(index + 1) * plane].reduce(0, +)
      #expect(abs(mean - sum / Float(plane)) < 1e-5)
    }
    // Pooled features are compared too, and wrong ones found.
    let stored = folder.path("pooled.npy")
    try NPYArray(Tensor(shape: [2, 32], elements: try pooled.floats())).write(to: stored)
    _ = try Self.verify(0, file, x, stored)
    try NPYArray(Tensor(shape: [2, 32], elements: try pooled.floats().map { $0 * 1.01 })).write(
      to: stored, replacing: true)
    _ = try Self.verify(2, file, x, stored)
  }

  @Test(
    arguments: [
      ("07-heads/backbone-only.pth", 32), ("15-timm/num-classes-0.pth", 32),
    ])
  func aBackboneHasNoClasses(_ name: String, _ channels: Int) throws {
    let folder = try TemporaryFolder()
    let file = Self.path(name)
    let inspected = try ToolProcess.repvgg.run(expecting: 0, ["inspect", file])
    #expect(inspected.output.contains("none"))
    #expect(try Self.run(file, Self.path("07-heads/x.npy"), folder).shape == [2, channels])

    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", file, plain])
    let network = try Network(contentsOf: plain)
    #expect(network.head == nil && network.outputCount == channels)
    #expect(network.classCount == 0)

    let image = folder.path("image.ppm")
    try Data("P6 1 1 255\nabc".utf8).write(to: URL(filePath: image))
    let refused = try ToolProcess.repvgg.run(
      expecting: 65, ["classify", image, "-w", file, "--preset", "timm"])
    #expect(refused.messages.contains("no classifier"))
  }

  // MARK: - Channels

  @Test func theStemSaysHowManyChannelsTheImagesHave() throws {
    for (file, channels) in [
      ("08-input-channels/gray.pth", 1), ("08-input-channels/six.pth", 6),
      ("15-timm/in-chans-1.pth", 1),
    ] {
      let network = try Network(contentsOf: Self.path(file))
      #expect(network.inputChannels == channels)
      #expect(network.blocks[0].geometry.groups == 1)
      let inspected = try ToolProcess.repvgg.run(expecting: 0, ["inspect", Self.path(file)])
      #expect(inspected.output.contains("1x\(channels)x224x224"))
    }
    let refused = try ToolProcess.repvgg.run(
      expecting: 65,
      [
        "run", Self.path("08-input-channels/gray.pth"), "-i", Self.path("07-heads/x.npy"), "-o",
        try TemporaryFolder().path("output.npy"),
      ])
    #expect(refused.messages.contains("[2, 3, 48, 48]") && refused.messages.contains("takes 1"))
  }

  @Test func everyCommandMakesImagesOfTheNetworksChannels() throws {
    let folder = try TemporaryFolder()
    let file = Self.path("08-input-channels/rgbd.pth")
    try ToolProcess.repvgg.run(expecting: 0, ["verify", file, "--random", "1", "--size", "32"])
    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", file, plain])
    try ToolProcess.repvgg.run(expecting: 0, ["deploy", file, folder.path("deployed.safetensors")])
    let image = folder.path("image.ppm")
    try Data("P6 1 1 255\nabc".utf8).write(to: URL(filePath: image))
    let refused = try ToolProcess.repvgg.run(
      expecting: 65, ["classify", image, "-w", plain, "--preset", "timm"])
    #expect(refused.messages.contains("4 channels"))
  }
}
