import Foundation
import RepVGG
import TestSupport
import Testing

/// `convert`, `inspect`, `verify` and `repvgg-bench merge` on graphs.
@Suite struct GraphCommandTests {
  private static let trained = Fixture.path("universe/mobileone-apple/train_raw_op13.onnx")
  private static let deployed = Fixture.path("universe/mobileone-apple/deploy_op16.onnx")

  private static func json(_ arguments: [String]) throws -> [String: Any] {
    let outcome = try ToolProcess.repvgg.run(expecting: 0, arguments + ["--json"])
    return try #require(
      try JSONSerialization.jsonObject(with: outcome.outputBytes) as? [String: Any])
  }

  @Test func convertMergesAGraph() throws {
    let folder = try TemporaryFolder()
    let (merged, again) = (folder.path("merged.onnx"), folder.path("again.onnx"))
    let report = try Self.json(["convert", Self.trained, merged])
    #expect(report["convolutions_before"] as? Int == 56)
    #expect(report["convolutions_after"] as? Int == 13)
    #expect(report["params_after"] as? Int == 2650)
    let network = try Network(onnx: merged)
    #expect(network.isMerged)
    #expect(network.origin.metadata["source_file"] == "train_raw_op13.onnx")
    #expect(network.origin.metadata["form"] == "plain")
    // The same bytes every time, and nothing that exists is replaced unasked.
    try ToolProcess.repvgg.run(expecting: 0, ["convert", Self.trained, again])
    #expect(try folder.bytes("merged.onnx") == folder.bytes("again.onnx"))
    let refused = try ToolProcess.repvgg.run(expecting: 73, ["convert", Self.trained, again])
    #expect(refused.messages.contains("--force"))
    try ToolProcess.repvgg.run(expecting: 0, ["verify", Self.trained, "--against", merged])
  }

  @Test(arguments: [("branched", 56, 62), ("folded", 56, 6)])
  func convertKeepsBranches(_ form: String, _ convolutions: Int, _ norms: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("\(form).onnx")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", Self.trained, path, "--form", form])
    let model = try ONNXReader.read(InputFile(path: path))
    #expect(model.graph.nodes.count { $0.type == "Conv" } == convolutions)
    #expect(model.graph.nodes.count { $0.type == "BatchNormalization" } == norms)
    let refused = try ToolProcess.repvgg.run(
      expecting: 64,
      ["convert", Self.trained, folder.path("x.safetensors"), "--form", form])
    #expect(refused.messages.contains(".onnx"))
  }

  @Test func tensorsOfAGraphAreNamedAfterItsNodes() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("merged.safetensors")
    try ToolProcess.repvgg.run(expecting: 0, ["convert", Self.trained, path])
    let checkpoint = try Checkpoint(contentsOf: path)
    let kernels = checkpoint.tensors.values.filter { $0.shape.count == 4 }
    #expect(kernels.count == 13)
    let nodes = try Network(onnx: Self.trained).mergingRegions().network.nodes.map(\.name)
    for name in checkpoint.tensors.keys where name.hasSuffix(".weight") && name.contains("/") {
      #expect(nodes.contains(String(name.dropLast(7))), "\(name)")
    }
  }

  /// A checkpoint as ONNX computes what the checkpoint computes.
  @Test(arguments: ["plain", "folded", "branched"], [13, 17, 22])
  func checkpointsBecomeGraphs(_ form: String, _ opset: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.onnx")
    try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "convert", Fixture.path("tiny-se/train.safetensors"), path, "--form", form, "--opset",
        "\(opset)",
      ])
    try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "verify", path, "-i", Fixture.path("tiny-se/input.npy"), "--logits",
        Fixture.path("tiny-se/logits_train.npy"),
      ])
    #expect(try ONNXReader.read(InputFile(path: path)).opsets.map(\.version) == [opset])
  }

  @Test func inspectListsRegionsAndWhatStays() throws {
    let report = try Self.json(["inspect", Self.trained])
    #expect(report["format"] as? String == "onnx" && report["opset"] as? Int == 13)
    let regions = try #require(report["regions"] as? [[String: Any]])
    #expect(regions.count == 13)
    #expect(regions.allSatisfy { ($0["result"] as? String)?.contains("convolution") == true })
    let outcome = try ToolProcess.repvgg.run(
      expecting: 0, ["inspect", Fixture.path("universe/repvgg-fpn-seg/train_raw_op13.onnx")])
    #expect(outcome.output.contains("which are not computed from one value"))
  }

  @Test func verifyComparesGraphs() throws {
    let outcome = try ToolProcess.repvgg.run(expecting: 0, ["verify", Self.trained])
    #expect(outcome.output.contains("worst node"))
    let same = try Self.json(["verify", Self.trained, "--against", Self.deployed])
    #expect(same["ok"] as? Bool == true)
    let other = try ToolProcess.repvgg.run(
      expecting: 65,
      ["verify", Self.trained, "--against", Fixture.path("universe/dbb-vgg/input.npy")])
    #expect(other.messages.contains("NumPy array"))
  }

  @Test func mismatchesAreReported() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("other.onnx")
    var network = try Network(onnx: Self.deployed)
    let index = try #require(
      network.nodes.firstIndex { if case .dense = $0.operation { true } else { false } })
    guard case .dense(var linear) = network.nodes[index].operation else {
      Issue.record("the node at \(index) is no dense layer")
      return
    }
    linear.bias = Tensor(shape: [10], elements: [Float](repeating: 0.5, count: 10))
    network.nodes[index].operation = .dense(linear)
    try network.write(onnx: path)
    let outcome = try ToolProcess.repvgg.run(
      expecting: 2, ["verify", Self.trained, "--against", path])
    #expect(outcome.output.contains("MISMATCH"))
  }

  @Test func mergeCountsBeforeAndAfter() throws {
    let outcome = try ToolProcess.bench.run(
      expecting: 0, ["merge", Self.trained, "--regions", "--format", "json"])
    let document = try #require(
      try JSONSerialization.jsonObject(with: outcome.outputBytes) as? [String: Any])
    let rows = try #require(document["rows"] as? [[String: Any]])
    let totals = rows.filter { $0["form"] != nil }
    #expect(totals.map { $0["convolutions"] as? Int } == [56, 13])
    let before = try #require(totals[0]["macs"] as? Int)
    let after = try #require(totals[1]["macs"] as? Int)
    #expect(before > after)
    let regions = rows.filter { $0["region"] != nil }
    #expect(regions.count == 13)
    // What regions save is what the graph saves.
    let saved = regions.reduce(0) {
      $0 + ($1["macs_before"] as? Int ?? 0) - ($1["macs_after"] as? Int ?? 0)
    }
    #expect(saved == before - after)
  }

  @Test func operatorsThatAreNotSupportedAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("loop.onnx")
    try ONNXWriter.write(
      ONNXModel(
        opsets: [ONNXOpset(version: 17)],
        graph: ONNXGraph(
          name: "g", nodes: [ONNXNode(type: "NonZero", inputs: ["x"], outputs: ["y"])],
          inputs: [ONNXValue(name: "x", elementType: .float32, dimensions: [.fixed(3)])],
          outputs: [ONNXValue(name: "y", elementType: .int64, dimensions: nil)])),
      to: path, replacing: false)
    let outcome = try ToolProcess.repvgg.run(expecting: 65, ["inspect", path])
    #expect(outcome.messages.contains("the operator NonZero is not supported"))
  }
}
