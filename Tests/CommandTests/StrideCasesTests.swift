import Foundation
import RepVGG
import TestSupport
import Testing

/// Strides as the tools take, prove, store and print them, against PyTorch.
@Suite struct StrideCasesTests {
  private static func path(_ name: String) -> String { CommandFixture.path("variants/\(name)") }

  private static func verify(
    _ code: Int32, _ file: String, _ output: String, _ more: [String] = []
  ) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(
      expecting: code,
      ["verify", file, "-i", path("x.npy"), "--logits", path(output), "--random", "0"] + more)
  }

  @Test func identityBranchesProveStrides() throws {
    _ = try Self.verify(0, Self.path("late.pth"), "late_y.npy")
    let inspected = try ToolProcess.repvgg.run(expecting: 0, ["inspect", Self.path("late.pth")])
    #expect(
      inspected.output.contains("2,2,2,1,2 (stage3, stage4 proven by identity branches; stage0"))
  }

  @Test func stridesAreGiven() throws {
    let file = Self.path("cifar.pth")
    _ = try Self.verify(0, file, "cifar_y.npy", ["--strides", "1,1,2,2,2"])
    // Without them the stem's is assumed, which a mismatch names.
    let mismatch = try Self.verify(2, file, "cifar_y.npy")
    for word in [
      "--epsilon", "--strides", "stage1", "only ReLU", "preprocessing", "--group", "assumed",
    ] {
      #expect(mismatch.output.contains(word))
    }
    let json = try Self.verify(2, file, "cifar_y.npy", ["--json"])
    #expect(json.output.contains("may_differ") && json.output.contains("--strides"))

    let contradiction = try Self.verify(64, file, "cifar_y.npy", ["--strides", "1,2,2,2,2"])
    #expect(contradiction.messages.contains("stage 1") && contradiction.messages.contains(file))
    for strides in ["1,1,2,2", "1,1,2,2,3", "1,1,2,2,2,2", ""] {
      _ = try Self.verify(64, file, "cifar_y.npy", ["--strides", strides])
    }
  }

  @Test(arguments: ["convert", "deploy"]) func stridesTravelWithThePlainNetwork(_ command: String)
    throws
  {
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(
      expecting: 0, [command, Self.path("cifar.pth"), plain, "--strides", "1,1,2,2,2"])
    _ = try Self.verify(0, plain, "cifar_y.npy")
    let inspected = try ToolProcess.repvgg.run(expecting: 0, ["inspect", plain])
    #expect(inspected.output.contains("1,1,2,2,2 (from the file's metadata)"))
    // And through another conversion.
    let again = folder.path("again.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", plain, again])
    _ = try Self.verify(0, again, "cifar_y.npy")
  }

  @Test func theConfigurationBesideAFileSaysStrides() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("model.pth")
    try FileManager.default.copyItem(atPath: Self.path("cifar-deploy.pth"), toPath: file)
    _ = try Self.verify(2, file, "cifar-deploy_y.npy")
    func configure(_ text: String) throws {
      try Data(text.utf8).write(to: URL(filePath: folder.path("config.json")))
    }
    try configure(#"{"architecture": "mine", "x": [{}], "strides": [1, 1, 2, 2, 2]}"#)
    _ = try Self.verify(0, file, "cifar-deploy_y.npy")
    _ = try Self.verify(2, file, "cifar-deploy_y.npy", ["--strides", "2,2,2,2,2"])
    // What is converted keeps them without the configuration.
    let plain = folder.path("plain.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", file, plain])
    try FileManager.default.removeItem(atPath: folder.path("config.json"))
    _ = try Self.verify(0, plain, "cifar-deploy_y.npy")
    try configure(#"{"strides": [1, 1]}"#)
    _ = try Self.verify(65, file, "cifar-deploy_y.npy")
  }

  @Test(arguments: ["silu", "output-stride-8"])
  func whatIsNotComputedIsNamedByAMismatch(_ name: String) throws {
    let prefix = CommandFixture.path("cases/15-timm/\(name == "silu" ? "silu" : "os8")_")
    let outcome = try ToolProcess.repvgg.run(
      expecting: 2,
      [
        "verify", CommandFixture.path("cases/15-timm/\(name).pth"), "-i", prefix + "x.npy",
        "--logits", prefix + "y.npy", "--random", "0",
      ])
    #expect(outcome.output.contains("only ReLU") && outcome.output.contains("dilation"))
  }
}
