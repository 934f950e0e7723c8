import CommandLineKit
import Foundation
import RepVGG
import TestSupport
import Testing
import TextFormats

/// What a network's file, or one beside it, says of input and classes.
@Suite struct ConfigurationTests {
  private let folder: TemporaryFolder
  private let weights: String
  private static let stated = """
    {"architecture": "x", "num_classes": 10,
     "label_names": ["a","b","c","d","e","f","g","h","i","j"],
     "pretrained_cfg": {"input_size": [3, 40, 40], "crop_pct": 0.9, "interpolation": "bicubic",
       "mean": [0.406, 0.25, 0.125], "std": [0.225, 0.5, 1]}}
    """

  init() throws {
    folder = try TemporaryFolder()
    weights = try folder.file("source/net.pth", Fixture.bytes("tiny/train.pth"))
    for index in 0..<3 { try folder.file("images/\(index).ppm", Pictures.ppm(seed: index)) }
  }

  private func classify(_ weights: String, _ words: String...) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(
      ["classify", folder.path("images"), "-w", weights, "--jsonl", "-k", "10"] + words)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.path(name), encoding: .utf8)
  }

  private func files(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path(name)).sorted()
  }

  private func convert(_ source: String, _ target: String, _ words: String...) throws
    -> ToolProcess.Outcome
  {
    try FileManager.default.createDirectory(
      atPath: folder.path("out"), withIntermediateDirectories: true)
    return try ToolProcess.repvgg.run(["convert", source, folder.path(target)] + words)
  }

  @Test func conversionKeepsPreprocessingAndNames() throws {
    try folder.file("source/config.json", Array(Self.stated.utf8))
    let before = try classify(weights)
    #expect(before.code == 0, "\(before.messages)")
    #expect(try before.images.first?["top"]?[0]?["label"]?.stringValue?.count == 1)
    let plain = folder.path("out/plain.safetensors")
    #expect(try convert(weights, "out/plain.safetensors").code == 0)
    #expect(try files("out") == ["config.json", "plain.safetensors"])
    // By the metadata alone, by the file beside alone, and by both.
    let metadata = try Checkpoint(contentsOf: plain).metadata
    let stated = try JSONReader().value(#require(metadata["preprocessing"]))
    #expect(try stated == JSONReader().value(text("out/config.json")))
    #expect(try text("out/config.json").contains("[0.406, 0.25, 0.125]"))
    #expect(stated["num_classes"]?.integerValue == 10)
    #expect(stated["crop_pct"]?.doubleValue == 0.9)
    let alone = try folder.file(
      "alone/a.safetensors", [UInt8](Data(contentsOf: URL(filePath: plain))))
    var bare = try Checkpoint(contentsOf: plain)
    bare.metadata = [:]
    try FileManager.default.createDirectory(
      atPath: folder.path("bare"), withIntermediateDirectories: true)
    try bare.write(safetensors: folder.path("bare/b.safetensors"))
    try folder.file("bare/config.json", Array(text("out/config.json").utf8))
    for path in [plain, alone, folder.path("bare/b.safetensors")] {
      let after = try classify(path)
      #expect(after.code == 0, "\(after.messages)")
      #expect(!after.messages.contains("warning"))
      let (old, new) = (
        try before.objects[0]["meta"]?["preset"], try after.objects[0]["meta"]?["preset"]
      )
      for key in ["resize", "crop", "interpolation", "mean", "std"] {
        #expect(old?[key] == new?[key], "\(key)")
      }
      for (one, other) in try zip(before.images, after.images) {
        #expect(one["top"]?[0]?["label"] == other["top"]?[0]?["label"])
      }
    }
  }

  @Test func theConfigurationOfAnotherNetworkStays() throws {
    try folder.file("source/config.json", Array(Self.stated.utf8))
    let others = #"{"input_size": [3, 8, 8], "mean": [0, 0, 0], "std": [1, 1, 1]}"#
    try folder.file("out/config.json", Array(others.utf8))
    #expect(try convert(weights, "out/plain.safetensors").code == 0)
    #expect(try text("out/config.json") == others)
    #expect(
      try files("out") == ["config.json", "plain.config.json", "plain.safetensors"])
    let run = try classify(folder.path("out/plain.safetensors"))
    #expect(run.code == 0 && !run.messages.contains("warning"), "\(run.messages)")
    #expect(try run.objects[0]["meta"]?["preset"]?["crop"]?.integerValue == 40)
    // What belongs to OUT alone is replaced with it, and only then.
    let precious = #"{"num_classes": 10}"#
    try folder.file("out/plain.config.json", Array(precious.utf8))
    try FileManager.default.removeItem(atPath: folder.path("out/plain.safetensors"))
    let refused = try convert(weights, "out/plain.safetensors")
    #expect(refused.code == 73)
    #expect(refused.messages.contains("plain.config.json") && refused.messages.contains("--force"))
    #expect(try files("out") == ["config.json", "plain.config.json"])
    #expect(try text("out/plain.config.json") == precious)
    #expect(try convert(weights, "out/plain.safetensors", "--force").code == 0)
    #expect(try text("out/plain.config.json").contains("bicubic"))
  }

  @Test func withoutAnythingToSayNothingIsWritten() throws {
    #expect(try convert(weights, "out/plain.safetensors").code == 0)
    #expect(try files("out") == ["plain.safetensors"])
    #expect(
      try Checkpoint(contentsOf: folder.path("out/plain.safetensors")).metadata["preprocessing"]
        == nil)
    try folder.file("out/config.json", Array(Self.stated.utf8))
    let warned = try convert(weights, "out/plain.safetensors", "--force")
    #expect(warned.code == 0)
    #expect(warned.messages.contains("config.json will be taken for the preprocessing"))
  }

  @Test(arguments: [
    (#"{"num_classes": 7}"#, "num_classes is 7"),
    (#"{"label_names": ["a", "b"]}"#, "it names 2 classes"),
    (#"{"id2label": {"0": "a", "10": "b"}}"#, "it names 2 classes"), ("{", "malformed"),
  ])
  func aConfigurationOfAnotherNetworkIsAnError(text: String, sentence: String) throws {
    try folder.file("source/config.json", Array(text.utf8))
    let tries = [
      ["classify", folder.path("images"), "-w", weights, "--preset", "timm"],
      ["convert", weights, folder.path("plain.safetensors")],
      ["deploy", weights, folder.path("plain.safetensors")],
    ]
    for words in tries {
      let run = try ToolProcess.repvgg.run(words)
      #expect(run.code == 65, "\(words) \(run.messages)")
      #expect(run.messages.contains("config.json: ") && run.messages.contains(sentence))
    }
    // Who needs none of it is not kept from the network.
    #expect(try ToolProcess.repvgg.run(["inspect", weights]).code == 0)
  }

  @Test func theMetadataWinAndAContradictionIsSaid() throws {
    try folder.file("source/config.json", Array(Self.stated.utf8))
    #expect(try convert(weights, "out/plain.safetensors").code == 0)
    try folder.file(
      "out/config.json", Array(#"{"mean": [0, 0, 0], "label_names": ["x"]}"#.utf8))
    let run = try classify(folder.path("out/plain.safetensors"))
    #expect(run.code == 0)
    #expect(run.messages.contains("warning: ") && run.messages.contains("config.json says"))
    #expect(try run.objects[0]["meta"]?["preset"]?["name"]?.stringValue == "metadata")
    #expect(try run.objects[0]["meta"]?["preset"]?["mean"] == JSONValue([0.406, 0.25, 0.125]))
  }

  @Test func labelsAndPresetsGivenOnTheLineWin() throws {
    try folder.file("source/config.json", Array(Self.stated.utf8))
    let labels = try folder.file("labels.txt", Array((0..<10).map { "n\($0)\n" }.joined().utf8))
    let run = try classify(
      weights, "--labels", labels, "--mean", "0.5", "--size", "36", "--preset", "file")
    #expect(run.code == 0, "\(run.messages)")
    let label = try #require(try run.images.first?["top"]?[0]?["label"]?.stringValue)
    #expect(label.hasPrefix("n"))
    let preset = try run.objects[0]["meta"]?["preset"]
    #expect(preset?["mean"] == JSONValue([0.5, 0.5, 0.5]))
    #expect(preset?["std"] == JSONValue([0.225, 0.5, 1.0]))
    #expect(preset?["crop"]?.integerValue == 36 && preset?["resize"]?.integerValue == 40)
    let text = try ToolProcess.repvgg.run([
      "classify", folder.path("images"), "-w", weights, "-k", "1", "-q",
    ])
    #expect(text.output.split(separator: "\n").last?.split(separator: "\t")[1].count == 1)
  }

  @Test func stridesOfTheConfigurationCount() throws {
    let mistake = #"{"strides": [2, 2, 2]}"#
    try folder.file("source/config.json", Array(mistake.utf8))
    let refused = try ToolProcess.repvgg.run(["verify", weights, "--size", "32"])
    #expect(refused.code == 65)
    #expect(refused.messages.contains("config.json: strides are five numbers"))
    try folder.file("source/config.json", Array(#"{"strides": [1, 1, 2, 2, 2]}"#.utf8))
    let contradiction = try ToolProcess.repvgg.run(["verify", weights, "--size", "32"])
    #expect(contradiction.code == 65)
    #expect(contradiction.messages.contains("config.json: the strides 1,1,2,2,2 contradict"))
    try folder.file("source/config.json", Array(#"{"strides": [1, 2, 2, 2, 2]}"#.utf8))
    let given = try ToolProcess.repvgg.run(["inspect", weights, "--strides", "1,2,2,2,2"])
    let plain = try ToolProcess.repvgg.run(["inspect", weights, "--strides", "2,2,2,2,2"])
    let stated = try ToolProcess.repvgg.run(["inspect", weights])
    #expect(given.code == 0, "\(given.messages)")
    #expect(stated.output == given.output)
    #expect(stated.output != plain.output)
    #expect(try convert(weights, "out/plain.safetensors").code == 0)
    #expect(try text("out/config.json").contains(#""strides": [1, 2, 2, 2, 2]"#))
  }

  @Test func buffersOfAPreprocessorCount() throws {
    let network = Fixture.path("cases/18-mmpretrain-and-official/mm-preprocessor.pth")
    let run = try classify(network, "--size", "48")
    #expect(run.code == 0, "\(run.messages)")
    let preset = try run.objects[0]["meta"]?["preset"]
    #expect(preset?["name"]?.stringValue == "buffers")
    #expect(preset?["mean"] == JSONValue([0.0, 0, 0]) && preset?["std"] == JSONValue([1.0, 1, 1]))
    let unsized = try classify(network)
    #expect(unsized.code == 64 && unsized.messages.contains("give --size,"))
    // They go with the network, whose tensors they are no more.
    #expect(try convert(network, "out/plain.safetensors").code == 0)
    let converted = try classify(folder.path("out/plain.safetensors"), "--size", "48")
    #expect(converted.code == 0, "\(converted.messages)")
    #expect(try converted.objects[0]["meta"]?["preset"]?["std"] == JSONValue([1.0, 1, 1]))
  }

  @Test func foldersAreFoundByTheNamesOfClasses() throws {
    try folder.file("source/config.json", Array(Self.stated.utf8))
    // A part of the classes, each image in the folder of its likeliest class.
    for (index, image) in try classify(weights).images.enumerated() {
      let label = try #require(image["top"]?[0]?["label"]?.stringValue)
      try folder.file("set/\(label)/\(index).ppm", Pictures.ppm(seed: index))
    }
    let run = try ToolProcess.repvgg.run(["evaluate", folder.path("set"), "-w", weights, "--json"])
    #expect(run.code == 0, "\(run.messages)")
    #expect(try JSONReader().value(run.output)["top1"]?.doubleValue == 1)
  }
}
