import Foundation
import RepVGG
import TestSupport
import Testing

/// `repvgg-bench write-seeded`: the network that measurements draw, as a file for other runtimes.
@Suite struct SeededCheckpointTests {
  private func write(_ folder: TemporaryFolder, _ form: String, seed: Int = 1) throws -> String {
    let path = folder.path("\(form)-\(seed).safetensors")
    try ToolProcess.bench.run(
      expecting: 0,
      ["write-seeded", "--model", "A0", "--form", form, "--seed", "\(seed)", path])
    return path
  }

  private func logits(_ folder: TemporaryFolder, _ checkpoint: String, form: String) throws
    -> String
  {
    let output = checkpoint + ".\(form).npy"
    try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "run", checkpoint, "--form", form, "--input", CommandFixture.path("tiny/input.npy"),
        "--output", output,
      ])
    return output
  }

  @Test func bothFormsAreTheSameNetwork() throws {
    let folder = try TemporaryFolder()
    let (plain, branched) = (try write(folder, "plain"), try write(folder, "branched"))
    #expect(try Network(contentsOf: plain).isMerged)
    let trained = try Network(contentsOf: branched)
    #expect(!trained.isMerged && trained.origin.architecture == "RepVGG-A0")
    let reference = try logits(folder, plain, form: "plain")
    for form in ["plain", "folded", "branched"] {
      let error = try relativeL2(
        file: try logits(folder, branched, form: form), reference: reference)
      #expect(error <= 1e-5, "\(form)")
    }
    let other = try logits(folder, try write(folder, "plain", seed: 2), form: "plain")
    #expect(try relativeL2(file: other, reference: reference) > 0.1)
  }

  @Test func mobileNetworksHaveTheirAuthorsNames() throws {
    let folder = try TemporaryFolder()
    for (form, name) in [
      ("plain", "stage1.1.reparam_conv.weight"), ("branched", "stage1.1.rbr_conv.3.conv.weight"),
    ] {
      let path = folder.path("\(form).safetensors")
      try ToolProcess.bench.run(
        expecting: 0, ["write-seeded", "--model", "mobileone-s0", "--form", form, path])
      let checkpoint = try Checkpoint(contentsOf: path)
      #expect(checkpoint.tensors[name] != nil)
      let network = try Network(checkpoint)
      #expect(network.origin.architecture == "MobileOne-S0")
      #expect(network.isMerged == (form == "plain"))
    }
  }

  @Test func whatCannotBeWrittenIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.safetensors")
    for (words, code) in [
      (["--form", "folded"], 64), (["--model", "Z9"], 64),
      (["--model", "RepVGGplus-L2pse", "--form", "branched"], 65),
      (["--model", "yolov6n", "--form", "branched"], 65), (["--model", "a0-fpn"], 65),
    ] as [([String], Int32)] {
      try ToolProcess.bench.run(expecting: code, ["write-seeded"] + words + [path])
    }
    #expect(try folder.contents.isEmpty)
  }
}
