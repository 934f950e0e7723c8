import CommandLineKit
import Foundation
import RepVGG
import RepVGGTraining
import TestSupport
import Testing
import TextFormats

/// The network of `examples/digits`, with nothing but its two files and images.
@Suite struct ShippedDigitsTests {
  private static let example = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "examples/digits")
  private static let model = example.appending(path: "model.safetensors").path

  /// The test digits as PNG files in a folder for each class, and the class that the network in
  /// training gives each, by the file's name.
  private func writeDigits(_ folder: URL) throws -> [String: Int] {
    let source = try DataSet.digits().test
    let pixels = source.height * source.width
    let network = try TrainingNetwork<Float>(
      .digits(form: .branched), batchSize: 60, imageHeight: source.height,
      imageWidth: source.width)
    try network.load(Checkpoint(contentsOf: Self.model))
    var classes: [String: Int] = [:]
    for begin in stride(from: 0, to: source.count, by: 60) {
      var input: [Float] = []
      var names: [String] = []
      for index in begin..<begin + 60 {
        var bytes = [UInt8](repeating: 0, count: pixels)
        try bytes.withUnsafeMutableBufferPointer { try source.read(at: index, into: $0) }
        let plane = bytes.map { Float($0) / 120 - 1 }
        input += plane + plane + plane
        let name = "test/\(source.label(at: index))/\(index).png"
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(PNGFile.bytes(grey: bytes, width: source.width, height: source.height))
          .write(to: file)
        names.append(file.path)
      }
      for (name, logits) in zip(names, try network.logits(images: input)) {
        classes[name] = logits.indices.max { logits[$0] < logits[$1] }
      }
    }
    return classes
  }

  @Test func classifiesAsInTraining() throws {
    let folder = try TemporaryFolder()
    let expected = try writeDigits(folder.url)
    #expect(expected.count == 360)
    let result = try ToolProcess.repvgg.run(
      ["classify", folder.path("test"), "-w", Self.model, "--jsonl", "-t", "1"])
    #expect(result.code == 0, "\(result.messages)")
    let lines = try result.output.split(separator: "\n").map { try JSONReader().value(String($0)) }
    #expect(lines.first?["meta"]?["preset"]?["name"]?.stringValue == "config.json")
    #expect(lines.count == 361)
    for line in lines.dropFirst() {
      let path = try #require(line["path"]?.stringValue)
      #expect(line["top"]?[0]?["class"]?.integerValue == expected[path], "\(path)")
    }
    let evaluated = try ToolProcess.repvgg.run(
      [
        "evaluate", folder.path("test"), "-w", Self.model, "--form", "both", "--json", "-t", "1",
      ])
    #expect(evaluated.code == 0, "\(evaluated.messages)")
    let report = try JSONReader().value(evaluated.output)
    let correct = expected.count { path, found in path.contains("/\(found)/") }
    #expect(report["top1_correct"]?.integerValue == correct)
    #expect(correct >= 351, "97.5 % of 360")
    #expect(report["agreement"]?["same_top1"]?.integerValue == 360)
    // Converted and deployed it is what it was, in a folder of its own and by its file alone.
    for command in ["convert", "deploy"] {
      let plain = folder.path("\(command).safetensors")
      let made = try ToolProcess.repvgg.run([command, Self.model, plain])
      #expect(made.code == 0, "\(made.messages)")
      for isAlone in [false, true] {
        if isAlone { try FileManager.default.removeItem(atPath: folder.path("config.json")) }
        let words = ["evaluate", folder.path("test"), "-w", plain, "--json", "-t", "1"]
        let result = try ToolProcess.repvgg.run(words)
        #expect(result.code == 0, "\(result.messages)")
        #expect(try JSONReader().value(result.output)["top1_correct"]?.integerValue == correct)
      }
    }
    // Another preprocessing is another result: the file beside the weights is what makes it right.
    let other = try ToolProcess.repvgg.run(
      [
        "evaluate", folder.path("test"), "-w", Self.model, "--preset", "author", "--size", "32",
        "--json", "-t", "1",
      ])
    let wrong = try JSONReader().value(other.output)
    #expect(wrong["top1_correct"]?.integerValue != correct)
  }

  /// The README beside it says how many digits the network gets right.
  @Test func theReadmeSaysHowGoodItIs() throws {
    let text = try String(contentsOf: Self.example.appending(path: "README.md"), encoding: .utf8)
    let folder = try TemporaryFolder()
    let plain = folder.path("plain.safetensors")
    let deployed = try ToolProcess.repvgg.run(
      ["deploy", Self.model, plain, "--data", "digits", "--json", "-t", "1"])
    #expect(deployed.code == 0, "\(deployed.messages)")
    let report = try JSONReader().value(deployed.output)
    let accuracy = try #require(report["plain_accuracy"]?.doubleValue)
    #expect(report["trained_accuracy"]?.doubleValue == accuracy)
    #expect(text.contains(String(format: "%.2f %%", 100 * accuracy)))
    let verified = try ToolProcess.repvgg.run(["verify", Self.model, "--size", "32"])
    #expect(verified.code == 0, "\(verified.messages)")
  }
}
