import CommandLineKit
import Foundation
import Glibc
import RepVGG
import TestSupport
import Testing
import TextFormats

/// `repvgg train`, `search` and `deploy` as processes, on the digits.
@Suite(.serialized) struct TrainCommandTests {
  private func train(_ folder: TemporaryFolder, _ name: String, _ further: String...) -> [String] {
    ["train", "--output", folder.path(name), "--threads", "1", "--seed", "5"] + further
  }

  private func inspected(_ path: String) throws -> JSONValue {
    let result = try ToolProcess.repvgg.run(["inspect", path, "--json"])
    try #require(result.code == 0, "\(result.messages)")
    return try JSONReader().value(result.output)
  }

  @Test(arguments: ["mobileone-s0", "yolov6n", "a0-fpn", "L2pse"])
  func networksOfOtherBlocksAreRefused(_ model: String) throws {
    let folder = try TemporaryFolder()
    let result = try ToolProcess.repvgg.run(train(folder, "run", "--model", model))
    #expect(result.code == 65)
    #expect(result.messages.contains("cannot be trained"))
    #expect(try folder.contents.isEmpty)
  }

  @Test func trainsInspectsVerifiesAndDeploys() throws {
    let folder = try TemporaryFolder()
    let trained = try ToolProcess.repvgg.run(
      train(folder, "run", "--epochs", "2", "--json"))
    #expect(trained.code == 0)
    #expect(trained.messages == "", "progress is for terminals")
    let report = try JSONReader().value(trained.output)
    #expect((report["test_accuracy"]?.doubleValue ?? 0) > 0.9)
    let log = String(decoding: try folder.bytes("run/log.jsonl"), as: UTF8.self)
    #expect(log.split(separator: "\n").count == 2)
    let model = folder.path("run/model.safetensors")
    let found = try inspected(model)
    #expect(found["family"]?.stringValue == "official")
    #expect(found["form"]?.stringValue == "branched")
    #expect(found["classes"]?.integerValue == 10)
    #expect(try ToolProcess.repvgg.run(["verify", model, "--size", "32"]).code == 0)
    let plain = folder.path("plain.safetensors")
    let arguments = ["deploy", folder.path("run"), plain, "--data", "digits", "--json"]
    let deployed = try ToolProcess.repvgg.run(arguments)
    #expect(deployed.code == 0, "\(deployed.messages)")
    let comparison = try JSONReader().value(deployed.output)
    #expect(comparison["comparison"]?["images"]?.integerValue == 360)
    #expect(comparison["comparison"]?["top1_agreement"]?.doubleValue == 1)
    // The deployed network classifies as the trainer said that the trained one does.
    #expect(comparison["plain_accuracy"] == report["test_accuracy"])
    #expect(try inspected(plain)["is_deployed"]?.boolValue == true)
    #expect(try ToolProcess.repvgg.run(arguments).code == 73, "the file is there already")
    #expect(try ToolProcess.repvgg.run(["deploy", plain, plain, "-f"]).code == 65)
  }

  @Test(arguments: [SIGINT, SIGKILL])
  func goesOnToTheBit(_ signal: Int32) throws {
    let folder = try TemporaryFolder()
    let whole = try ToolProcess.repvgg.run(
      train(folder, "whole", "--epochs", "3", "--shift", "2", "--batch", "128"))
    #expect(whole.code == 0)
    let arguments = train(folder, "part", "--epochs", "3", "--shift", "2", "--batch", "128")
    let stopped = try ToolProcess.repvgg.start(arguments)
    try stopped.send(signal, after: folder.path("part/state.safetensors"))
    let result = try stopped.finish()
    if signal == SIGINT {
      #expect(result.code == 130)
      #expect(result.messages.contains("interrupted after step"))
    } else {
      #expect(result.signal == SIGKILL)
    }
    let resumed = try ToolProcess.repvgg.run(arguments + ["--json"])
    #expect(resumed.code == 0, "\(resumed.messages)")
    #expect(try JSONReader().value(resumed.output)["resumed"]?.boolValue == true)
    #expect(
      try folder.bytes("part/model.safetensors") == folder.bytes("whole/model.safetensors"))
  }

  @Test func searchesScalesAndTrainsWithThem() throws {
    let folder = try TemporaryFolder()
    let searched = try ToolProcess.repvgg.run(
      [
        "search", "--output", folder.path("search"), "--epochs", "1", "--threads", "1",
      ])
    #expect(searched.code == 0, "\(searched.messages)")
    let scales = try Checkpoint(contentsOf: folder.path("search/scales.safetensors"))
    #expect(scales.tensors["stage1.0.scale_conv.weight"]?.shape == [16])
    for form in ["repopt", "csla"] {
      let trained = try ToolProcess.repvgg.run(
        train(
          folder, form, "--form", form, "--epochs", "1", "--scales",
          folder.path("search/scales.safetensors")))
      #expect(trained.code == 0, "\(trained.messages)")
      let family = try inspected(folder.path("\(form)/model.safetensors"))["family"]?.stringValue
      #expect(family == (form == "repopt" ? "repopt-target" : "repopt-scaled"))
      let deployed = try ToolProcess.repvgg.run(
        [
          "deploy", folder.path(form), folder.path("\(form).safetensors"), "--data", "digits",
        ])
      #expect(deployed.code == 0, "\(deployed.messages)")
    }
  }

  @Test func refusesWhatCannotBeTrained() throws {
    let folder = try TemporaryFolder()
    func status(_ further: String...) throws -> Int32 {
      try ToolProcess.repvgg.run(
        ["train", "--output", folder.path("run"), "--threads", "1"] + further
      ).code
    }
    #expect(try status("--model", "nope") == 64)
    #expect(try status("--model", "custom-1x16-0x16-1x16-1x16-1x16") == 64)
    #expect(try status("--data", folder.path("nothing")) == 66)
    #expect(try status("--form", "repopt", "--clip", "5") == 64)
    #expect(try status("--scales", "x.safetensors") == 64)
    #expect(try status("--form", "plain", "--signed-scales") == 64)
    #expect(try status("--size", "33") == 64)
    #expect(try status("--epochs", "0") == 64)
    #expect(try status("--form", "repopt", "--scales", folder.path("nothing")) == 66)
    #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
    try Data("no weights".utf8).write(to: folder.url.appending(path: "bad"))
    #expect(try status("--weights", folder.path("bad")) == 65)
    try Data([0, 0, 8, 3, 0, 0]).write(to: folder.url.appending(path: "train-images-idx3-ubyte"))
    #expect(try status("--data", folder.url.path) == 65)
  }

  @Test func stopsWhereTheLossIsNoNumber() throws {
    let folder = try TemporaryFolder()
    let result = try ToolProcess.repvgg.run(
      train(folder, "run", "--epochs", "1", "--learning-rate", "1e6"))
    #expect(result.code == 65)
    #expect(result.messages.contains("step") && result.messages.contains("layer '"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/model.safetensors")))
  }

  @Test func refusesAStateOfAnotherRun() throws {
    let folder = try TemporaryFolder()
    #expect(try ToolProcess.repvgg.run(train(folder, "run", "--epochs", "1")).code == 0)
    let other = try ToolProcess.repvgg.run(train(folder, "run", "--epochs", "2"))
    #expect(other.code == 64)
    #expect(other.messages.contains("another configuration"))
  }
}

/// The training experiments of the bench.
@Suite struct TrainingBenchTests {
  @Test func measuresStepsOfBothNetworks() throws {
    let result = try ToolProcess.bench.run([
      "training", "--batch", "8", "--min-time", "50ms", "-t", "1", "-f", "json",
    ])
    #expect(result.code == 0, "\(result.messages)")
    let row = try #require(try JSONReader().value(result.output)["rows"]?[0])
    let memory = try #require(row["plain_over_branched_activation_bytes"]?.doubleValue)
    #expect(memory > 0 && memory <= 0.7)
    #expect((row["branched"]?["images_per_second"]?.doubleValue ?? 0) > 0)
  }

  @Test func followsTheBranches() throws {
    let result = try ToolProcess.bench.run(["equivalence", "-f", "json", "--seed", "3"])
    #expect(result.code == 0, "\(result.messages)")
    let steps = try JSONReader().value(result.output)["relative_difference_by_step"]?.arrayValue
    #expect(steps?.count == 10)
    #expect(steps?.allSatisfy { ($0.doubleValue ?? 1) <= 1e-14 } == true)
  }
}
