import CommandLineKit
import Foundation
import RepVGG
import RepVGGTraining
import TestSupport
import Testing
import TextFormats

/// `repvgg train` on every format of images, with every optimizer, from weights and anew: tiny
/// images, tiny networks.
@Suite struct TrainDataTests {
  private static let network = "custom-1x8-1x8-2x8-1x16-1x16"

  /// The words of a run of a few steps.
  private func words(_ data: String, _ output: String, _ further: [String] = []) -> [String] {
    [
      "train", "--data", data, "--model", Self.network, "--output", output, "--batch", "8",
      "--epochs", "2", "--threads", "1", "--seed", "3", "--json",
    ] + further
  }

  /// Runs the tool and gives its report.
  private func train(
    _ data: String, _ output: String, _ further: String...
  ) throws -> JSONValue {
    let result = try ToolProcess.repvgg.run(words(data, output, further))
    try #require(result.code == 0, "\(result.messages)")
    #expect(result.messages.isEmpty)
    return try JSONReader().value(result.output)
  }

  private func idx(_ folder: TemporaryFolder, _ name: String = "idx") throws -> String {
    let place = folder.url.appending(path: name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    var data = TinyData()
    try data.writeIDX(to: place)
    return place.path
  }

  // MARK: - Formats

  @Test func trainsOnMNISTsFiles() throws {
    let folder = try TemporaryFolder()
    let data = try idx(folder)
    for size in [16, 32] {
      let report = try train(data, folder.path("run\(size)"), "--size", "\(size)", "--shift", "2")
      #expect(report["steps"]?.integerValue == 6)
      let model = try Checkpoint(contentsOf: folder.path("run\(size)/model.safetensors"))
      #expect(model.tensors["linear.weight"]?.shape == [4, 16])
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("run16")).sorted()
    #expect(names == ["config.json", "log.jsonl", "model.safetensors", "state.safetensors"])
  }

  @Test(arguments: [false, true]) func trainsOnCIFARsFiles(isHundred: Bool) throws {
    let folder = try TemporaryFolder()
    var data = TinyData()
    try data.writeCIFAR(isHundred: isHundred, to: folder.url)
    let report = try train(folder.url.path, folder.path("run"), "--flips")
    #expect(report["steps"]?.integerValue == (isHundred ? 2 : 4))
    let model = try Checkpoint(contentsOf: folder.path("run/model.safetensors"))
    #expect(model.tensors["linear.weight"]?.shape == [isHundred ? 100 : 10, 16])
  }

  /// The whole way: train, evaluate the files themselves with the written preprocessing, deploy.
  @Test func trainsOnAnImageFolder() throws {
    let folder = try TemporaryFolder()
    var data = TinyData()
    try data.writeImageFolder(to: folder.url)
    let report = try train(folder.url.path, folder.path("run"), "--size", "32", "--epochs", "8")
    #expect(report["steps"]?.integerValue == 16)
    let model = folder.path("run/model.safetensors")
    let stated = try JSONReader().value(
      #require(try Checkpoint(contentsOf: model).metadata["preprocessing"]))
    #expect(stated["label_names"] == JSONValue(["class0", "class1"]))
    #expect(stated["mean"] == JSONValue([0.485, 0.456, 0.406]))
    let named = try ToolProcess.repvgg.run(
      ["classify", folder.path("val/class1"), "-w", model, "-k", "2", "-q"])
    #expect(named.output.contains("\tclass0\t") && named.output.contains("\tclass1\t"))
    for (file, code) in [(model, Int32(0)), (folder.path("plain.safetensors"), 0)] {
      if file != model {
        let deployed = try ToolProcess.repvgg.run(
          [
            "deploy", folder.path("run"), file, "--data", folder.url.path, "--size", "32",
          ])
        #expect(deployed.code == 0, "\(deployed.messages)")
        #expect(
          FileManager.default.contentsEqual(
            atPath: folder.path("run/config.json"), andPath: folder.path("config.json")))
      }
      let evaluated = try ToolProcess.repvgg.run(
        ["evaluate", folder.path("val"), "-w", file, "--json", "-t", "1"])
      #expect(evaluated.code == code, "\(evaluated.messages)")
      let found = try JSONReader().value(evaluated.output)
      #expect(found["top1"] == report["test_accuracy"])
      #expect(found["images"]?.integerValue == 8)
    }
  }

  @Test func aDamagedImageEndsTheRunWithItsName() throws {
    let folder = try TemporaryFolder()
    var data = TinyData()
    try data.writeImageFolder(to: folder.url)
    try Data("P6\n40 40\n255\n".utf8).write(to: folder.url.appending(path: "train/class1/3.ppm"))
    let result = try ToolProcess.repvgg.run(
      words(folder.url.path, folder.path("run"), ["--size", "32"]))
    #expect(result.code == 65)
    #expect(result.messages.contains("class1/3.ppm"))
  }

  @Test func aClassWithoutTrainingImagesIsRefused() throws {
    let folder = try TemporaryFolder()
    var data = TinyData()
    try data.writeImageFolder(to: folder.url)
    try Data("GIF89a".utf8).write(to: folder.url.appending(path: "train/class1/x.gif"))
    for half in ["train", "val"] {
      try FileManager.default.createDirectory(
        atPath: folder.path("\(half)/lost+found"), withIntermediateDirectories: false)
    }
    let result = try ToolProcess.repvgg.run(
      words(folder.url.path, folder.path("run"), ["--size", "32"]))
    #expect(result.code == 65)
    #expect(result.messages.contains("'lost+found' holds no images"))
    for half in ["train", "val"] {
      try FileManager.default.removeItem(atPath: folder.path("\(half)/lost+found"))
    }
    let trained = try ToolProcess.repvgg.run(
      words(folder.url.path, folder.path("run"), ["--size", "32"]))
    #expect(trained.code == 0)
    #expect(trained.messages.contains("passed over in training images: 1 GIF"))
  }

  /// A folder that has a config.json, but no run.
  @Test func theConfigurationOfAnotherNetworkStaysBesideARun() throws {
    let folder = try TemporaryFolder()
    let data = try idx(folder)
    try FileManager.default.createDirectory(
      atPath: folder.path("run"), withIntermediateDirectories: false)
    let others = #"{"num_classes": 1000}"#
    try Data(others.utf8).write(to: folder.url.appending(path: "run/config.json"))
    _ = try train(data, folder.path("run"))
    #expect(try String(contentsOfFile: folder.path("run/config.json"), encoding: .utf8) == others)
    let own = try String(contentsOfFile: folder.path("run/model.config.json"), encoding: .utf8)
    #expect(own.contains("0.1307"))
  }

  // MARK: - Starts

  @Test func startsFromWeights() throws {
    let folder = try TemporaryFolder()
    let data = try idx(folder)
    _ = try train(data, folder.path("first"))
    let first = folder.path("first/model.safetensors")
    // A rate of zero leaves what was taken over; running statistics move all the same.
    let frozen = ["--weights", first, "--learning-rate", "0"]
    let result = try ToolProcess.repvgg.run(words(data, folder.path("same"), frozen))
    #expect(result.code == 0, "\(result.messages)")
    let given = try Checkpoint(contentsOf: first)
    let kept = try Checkpoint(contentsOf: folder.path("same/model.safetensors"))
    for (name, tensor) in given.tensors where !name.contains("running") && !name.contains("num_") {
      #expect(try kept.tensors[name]?.floats() == tensor.floats(), "\(name)")
    }
    // Images of ten classes: the head is learnt anew, the rest is taken over.
    var cifar = TinyData()
    try cifar.writeCIFAR(isHundred: false, to: folder.url)
    let other = try ToolProcess.repvgg.run(
      words(folder.url.path, folder.path("other"), frozen))
    #expect(other.code == 0, "\(other.messages)")
    let moved = try Checkpoint(contentsOf: folder.path("other/model.safetensors"))
    let kernel = "stage2.1.rbr_dense.conv.weight"
    #expect(try moved.tensors[kernel]?.floats() == given.tensors[kernel]?.floats())
    #expect(moved.tensors["linear.weight"]?.shape == [10, 16])
    // A network of other stages is not taken for this one.
    let wrong = try ToolProcess.repvgg.run(
      words(
        data, folder.path("wrong"),
        ["--weights", first, "--model", "custom-1x8-1x8-2x8-2x16-1x16"]))
    #expect(wrong.code == 65)
    #expect(wrong.messages.contains(first) && wrong.messages.contains("stage3.1"))
  }

  @Test func startsAnewOnlyWhenAskedTo() throws {
    let folder = try TemporaryFolder()
    let data = try idx(folder)
    let run = folder.path("run")
    _ = try train(data, run)
    let first = try folder.bytes("run/model.safetensors")
    let again = try train(data, run)
    #expect(again["resumed"]?.boolValue == true, "it is finished, and that is what it says")
    #expect(try folder.bytes("run/model.safetensors") == first)
    let refused = try ToolProcess.repvgg.run(words(data, run, ["--learning-rate", "0.01"]))
    #expect(refused.code == 64)
    let anew = try train(data, run, "--learning-rate", "0.01", "--restart")
    #expect(anew["resumed"]?.boolValue == false)
    #expect(try folder.bytes("run/model.safetensors") != first)
    _ = try train(data, run, "--restart")
    #expect(try folder.bytes("run/model.safetensors") == first)
    // A damaged state is an error, unless it is not wanted.
    try Data("no state".utf8).write(to: folder.url.appending(path: "run/state.safetensors"))
    #expect(try ToolProcess.repvgg.run(words(data, run)).code == 65)
    #expect(try ToolProcess.repvgg.run(words(data, run, ["--restart"])).code == 0)
  }

  // MARK: - Threads

  /// A state goes on with the threads that it was made with, to the bit, unless told otherwise.
  @Test func goesOnWithItsOwnThreads() throws {
    let folder = try TemporaryFolder()
    let data = try idx(folder)
    func words(_ name: String, threads: Int?) -> [String] {
      [
        "train", "--data", data, "--model", Self.network, "--output", folder.path(name),
        "--batch", "8", "--epochs", "60", "--seed", "3", "--json",
      ] + (threads.map { ["--threads", "\($0)"] } ?? [])
    }
    // More threads than anybody has by default.
    let whole = try ToolProcess.repvgg.run(words("whole", threads: 3))
    #expect(whole.code == 0, "\(whole.messages)")
    let stopped = try ToolProcess.repvgg.start(words("part", threads: 3))
    try stopped.send(SIGINT, after: folder.path("part/state.safetensors"))
    #expect(try stopped.finish().code == 130)
    try FileManager.default.copyItem(
      atPath: folder.path("part"), toPath: folder.path("other"))
    let resumed = try ToolProcess.repvgg.run(words("part", threads: nil))
    #expect(resumed.code == 0 && resumed.messages.isEmpty, "\(resumed.messages)")
    #expect(
      try folder.bytes("part/model.safetensors") == folder.bytes("whole/model.safetensors"))
    let other = try ToolProcess.repvgg.run(words("other", threads: 1))
    #expect(other.code == 0)
    #expect(other.messages.contains("had 3 threads") && other.messages.contains("--threads 3"))
    // The records come from both parts of the run.
    let log = String(decoding: try folder.bytes("other/log.jsonl"), as: UTF8.self)
    #expect(log.split(separator: "\n").count == 60)
  }

  // MARK: - Optimizers

  @Test func trainsWithEveryRuleOfAdamW() throws {
    let folder = try TemporaryFolder()
    let data = try idx(folder)
    // Scales of both signs, which is where the rules differ most.
    let stages = try #require(Architecture(custom: Self.network))
    let architecture = try TrainingArchitecture(stages, form: .plain, classCount: 4)
    var scales = RepOptimizerScales(startOf: architecture)
    for block in architecture.blocks {
      scales.blocks[block.name]?.pointwise = (0..<block.outputChannels).map {
        $0 % 2 == 0 ? 0.5 : -0.5
      }
    }
    let file = folder.path("scales.safetensors")
    try scales.checkpoint().write(safetensors: file)
    var models: [Data] = []
    let repopt = ["--form", "repopt", "--scales", file, "--optimizer"]
    for (name, further) in [
      ("plain", ["--optimizer", "adamw"]), ("absolute", repopt + ["adamw"]),
      ("signed", repopt + ["adamw", "--signed-scales"]), ("exact", repopt + ["adamw-exact"]),
    ] {
      let result = try ToolProcess.repvgg.run(words(data, folder.path(name), further))
      #expect(result.code == 0, "\(result.messages)")
      // One epoch more would be another run; the same command goes on, and has nothing to do.
      #expect(
        try ToolProcess.repvgg.run(words(data, folder.path(name), further)).code == 0)
      models.append(try folder.bytes("\(name)/model.safetensors"))
    }
    #expect(Set(models).count == 4)
    for further in [
      ["--optimizer", "adamw-exact"], ["--optimizer", "adamw-exact", "--form", "csla"],
      repopt + ["adamw-exact", "--signed-scales"],
    ] {
      #expect(
        try ToolProcess.repvgg.run(words(data, folder.path("no"), further)).code == 64)
    }
    let search = ["search", "--output", folder.path("no"), "--optimizer", "adamw-exact"]
    #expect(try ToolProcess.repvgg.run(search).code == 64)
  }
}

extension Architecture {
  /// The stages of a name such as `custom-1x8-1x8-2x8-1x16-1x16`.
  fileprivate init?(custom name: String) {
    let stages = name.split(separator: "-").dropFirst().map { stage in
      stage.split(separator: "x").compactMap { Int($0) }
    }
    guard stages.count == 5, stages.allSatisfy({ $0.count == 2 }) else { return nil }
    self.init(
      RepVGGDesign(blockCounts: stages.map { $0[0] }, channels: stages.map { $0[1] }), name: name)
  }
}
