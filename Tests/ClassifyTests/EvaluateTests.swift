import CommandLineKit
import Foundation
import RepVGG
import TestSupport
import Testing
import TextFormats

/// `repvgg evaluate` as a process, on a folder whose right answers `classify` has given.
@Suite struct EvaluateTests {
  private let folder: TemporaryFolder
  /// Ten class folders; an image lies in that of its first, second, fifth or sixth likeliest class.
  private let imageCount: Int
  private let top1Count: Int
  private let top5Count: Int

  init() throws {
    let folder = try TemporaryFolder()
    self.folder = folder
    let paths = try (0..<40).map { seed in
      try folder.file(
        "all/\(seed).ppm", Pictures.ppm(seed: seed, width: 48 + seed, height: 100 - seed))
    }
    let images = try ToolProcess.repvgg.run(
      [
        "classify", "-w", Fixture.network, "--preset", "timm", "--size", "48", "--jsonl", "-k",
        "10",
      ] + paths
    ).images
    var (first, five) = (0, 0)
    for (index, image) in images.enumerated() {
      let order = (image["top"]?.arrayValue ?? []).compactMap { $0["class"]?.integerValue }
      let rank = [0, 1, 4, 5][index % 4]
      first += rank == 0 ? 1 : 0
      five += rank < 5 ? 1 : 0
      try folder.file(
        "set/class\(try #require(order.count == 10 ? order[rank] : nil))/\(index).ppm",
        [UInt8](Data(contentsOf: URL(filePath: paths[index]))))
    }
    for index in 0..<10 {
      try FileManager.default.createDirectory(
        atPath: folder.path("set/class\(index)"), withIntermediateDirectories: true)
    }
    (imageCount, top1Count, top5Count) = (images.count, first, five)
  }

  private func evaluate(_ words: String...) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(
      ["evaluate", folder.path("set"), "-w", Fixture.network, "--preset", "timm", "--size", "48"]
        + words)
  }

  private func report(_ run: ToolProcess.Outcome) throws -> JSONValue {
    try JSONReader().value(run.output)
  }

  @Test func countsTopOneAndTopFive() throws {
    #expect(imageCount == 40)
    let run = try evaluate("--json", "--per-class", "-b", "7")
    #expect(run.code == 0, "\(run.messages)")
    let report = try report(run)
    #expect(report["images"]?.integerValue == 40)
    #expect(report["top1_correct"]?.integerValue == top1Count)
    #expect(report["top5_correct"]?.integerValue == top5Count)
    #expect(report["top1"]?.doubleValue == Double(top1Count) / 40)
    #expect((report["images_per_second"]?.doubleValue ?? 0) > 0)
    #expect(report["preset"]?["name"]?.stringValue == "timm")
    let classes = try #require(report["per_class"]?.arrayValue)
    #expect(classes.map { $0["folder"]?.stringValue } == (0..<10).map { "class\($0)" })
    func sum(_ key: String) -> Int { classes.reduce(0) { $0 + ($1[key]?.integerValue ?? 0) } }
    #expect(sum("images") == 40)
    #expect(sum("top1_correct") == top1Count)
    #expect(sum("top5_correct") == top5Count)
  }

  @Test func formsAgree() throws {
    let run = try evaluate("--form", "both", "--json")
    #expect(run.code == 0, "\(run.messages)")
    let agreement = try #require(try report(run)["agreement"])
    #expect(agreement["ok"]?.boolValue == true)
    #expect(agreement["same_top1"]?.integerValue == 40)
    let difference = try #require(agreement["max_logit_difference"]?.doubleValue)
    #expect(difference > 0 && difference < 1e-3)
    let text = try evaluate("--form", "both", "--per-class")
    #expect(text.output.contains("agree on 40 of 40 images"))
    #expect(text.output.contains("preset timm"))
  }

  @Test func disagreementIsAMismatch() throws {
    // Classes that differ by the last bit of their weights alone: rounding decides among them, and
    // the forms round differently.
    var checkpoint = try Checkpoint(contentsOf: Fixture.network)
    let head = try #require(checkpoint.tensors["linear.weight"])
    let row = try Array(head.floats().prefix(head.shape[1]))
    let rows = (0..<10).flatMap { index in
      row.enumerated().map { ($0 * 7 + index * 3) % 5 < 2 ? $1.nextUp : $1 }
    }
    checkpoint.tensors["linear.weight"] = Tensor(shape: head.shape, elements: rows)
    checkpoint.tensors["linear.bias"] = Tensor(
      shape: [10], elements: [Float](repeating: 0, count: 10))
    let weights = folder.path("ties.safetensors")
    try checkpoint.write(safetensors: weights, replacing: true)
    let run = try ToolProcess.repvgg.run([
      "evaluate", folder.path("set"), "-w", weights, "--preset", "timm", "--size", "48", "--form",
      "both", "--json",
    ])
    #expect(run.code == 2, "\(run.messages)")
    let agreement = try #require(try report(run)["agreement"])
    #expect(agreement["ok"]?.boolValue == false)
    let sameCount = try #require(agreement["same_top1"]?.integerValue)
    #expect(sameCount < 40)
    #expect(agreement["differing"]?.arrayValue?.count == min(10, 40 - sameCount))
  }

  @Test func classCountsMustFit() throws {
    try FileManager.default.removeItem(atPath: folder.path("set/class9"))
    let run = try evaluate("--json")
    #expect(run.code == 65)
    #expect(run.messages.contains("9 class folders"))
    // Named, a part of the classes will do; in another order other answers are right.
    let names = (0..<10).map { "class\($0)\n" }
    let list = try folder.file("classes.txt", Array(names.joined().utf8))
    let named = try evaluate("--json", "--classes", list)
    #expect(named.code == 0, "\(named.messages)")
    let expected = try report(named)
    let shifted = try folder.file(
      "shifted.txt", Array((names.dropFirst() + names.prefix(1)).joined().utf8))
    let other = try report(evaluate("--json", "--per-class", "--classes", shifted))
    #expect(other["images"] == expected["images"])
    #expect(other["top1_correct"] != expected["top1_correct"])
    #expect(other["per_class"]?[0]?["class"]?.integerValue == 9)
    let unknown = try folder.file(
      "unknown.txt", Array((["other\n"] + names.dropFirst()).joined().utf8))
    #expect(try evaluate("--classes", unknown).code == 65)
    let twice = try folder.file(
      "twice.txt", Array((names.dropLast() + names.prefix(1)).joined().utf8))
    #expect(try evaluate("--classes", twice).code == 65)
  }

  @Test func unreadableImagesAreLeftOut() throws {
    let path = try folder.file("set/class3/broken.jpg", [0xff, 0xd8, 0xff])
    let run = try evaluate("--json")
    #expect(run.code == 65)
    let report = try report(run)
    #expect(report["images"]?.integerValue == 40)
    #expect(report["top1_correct"]?.integerValue == top1Count)
    #expect(report["errors"]?.arrayValue?.map { $0["path"]?.stringValue } == [path])
    #expect(
      try ToolProcess.repvgg.run(["evaluate", folder.path("none"), "-w", Fixture.network]).code
        == 66)
    #expect(
      try ToolProcess.repvgg.run(["evaluate", folder.path("all"), "-w", Fixture.network]).code == 65
    )
  }

  @Test func aDeployedFileHasNoFormsToCompare() throws {
    let run = try ToolProcess.repvgg.run([
      "evaluate", folder.path("set"), "-w", Fixture.plainNetwork, "--preset", "timm", "--size",
      "48", "--form", "both",
    ])
    #expect(run.code == 65)
    #expect(run.messages.contains("deploy"))
  }
}
