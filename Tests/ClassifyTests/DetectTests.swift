import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing
import TextFormats

/// `repvgg detect` as a process, with the detector of `examples/detector`.
@Suite struct DetectTests {
  private static let detector = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "examples/detector/digits.onnx").path
  private static let names = ["wide", "tall", "odd", "small"]

  private static func scene(_ name: String) -> String { Fixture.path("detection/\(name).png") }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func detect(_ words: String..., model: String = detector) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(["detect", "-w", model] + words)
  }

  /// Whether the boxes of an image are the stored ones, in their order.
  private func expect(_ image: JSONValue, equals stored: JSONValue) throws {
    #expect(image["width"]?.integerValue == stored["width"]?.integerValue)
    #expect(image["height"]?.integerValue == stored["height"]?.integerValue)
    let (boxes, targets) = (image["boxes"]?.arrayValue ?? [], stored["boxes"]?.arrayValue ?? [])
    #expect(boxes.count == targets.count && !targets.isEmpty)
    for (box, target) in zip(boxes, targets) {
      let index = try #require(target["class"]?.integerValue)
      #expect(box["class"]?.integerValue == index)
      #expect(box["label"]?.stringValue == "\(index)")
      for (key, tolerance) in [
        ("score", 1e-5), ("x", 1e-3), ("y", 1e-3), ("width", 1e-3), ("height", 1e-3),
      ] {
        let (value, wanted) = (box[key]?.doubleValue ?? .nan, target[key]?.doubleValue ?? .nan)
        #expect(abs(value - wanted) <= tolerance, "\(key): \(value) for \(wanted)")
      }
    }
  }

  @Test(arguments: [["--form", "plain"], ["--form", "branched", "--batch", "3"]])
  func boxesAreThoseOfTheReference(words: [String]) throws {
    let stored = try JSONReader().value(bytes: Fixture.bytes("detection/boxes.json"))
    let run = try ToolProcess.repvgg.run(
      ["detect", "-w", Self.detector, "--jsonl"] + words + Self.names.map(Self.scene))
    #expect(run.code == 0, "\(run.messages)")
    let images = try run.images
    #expect(images.count == Self.names.count)
    for (index, image) in images.enumerated() {
      #expect(image["path"]?.stringValue == Self.scene(Self.names[index]))
      try expect(image, equals: try #require(stored[index]))
    }
    let meta = try #require(try run.objects.first?["meta"])
    #expect(meta["layout"]?.stringValue == "yolov6")
    #expect(meta["classes"]?.integerValue == 10)
    #expect(meta["letterbox"]?["width"]?.integerValue == 96)
    #expect(meta["letterbox"]?["channels"]?.stringValue == "rgb")
  }

  @Test func aTableHasALineForEachBox() throws {
    let stored = try JSONReader().value(bytes: Fixture.bytes("detection/boxes.json"))
    let labels = try folder.file(
      "names.txt", Array((0..<10).map { "digit \($0)\n" }.joined().utf8))
    let run = try detect(Self.scene("wide"), "--labels", labels)
    #expect(run.code == 0, "\(run.messages)")
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines[0].contains("letterbox 96x96, centre, fill 114, bilinear, rgb, mean 0.0,0.0,0.0"))
    #expect(lines[0].contains("yolov6 of 10 classes from 'outputs' [1, 180, 15]"))
    #expect(lines[1] == "# image\tclass\tscore\tx\ty\twidth\theight")
    let boxes = stored[0]?["boxes"]?.arrayValue ?? []
    #expect(lines.count == 2 + boxes.count)
    for (line, box) in zip(lines.dropFirst(2), boxes) {
      let cells = line.split(separator: "\t").map(String.init)
      #expect(cells.count == 7)
      #expect(cells[0] == Self.scene("wide"))
      #expect(cells[1] == "digit \(box["class"]?.integerValue ?? -1)")
      #expect(abs((Double(cells[3]) ?? .nan) - (box["x"]?.doubleValue ?? .nan)) < 0.06)
    }
    let none = try detect(Self.scene("small"), "--score", "1")
    #expect(none.output.split(separator: "\n").last.map(String.init) == Self.scene("small"))
  }

  @Test func picturesAreDrawn() throws {
    let copy = try folder.file("other/wide.png", Fixture.bytes("detection/wide.png"))
    let run = try detect(
      Self.scene("small"), Self.scene("wide"), copy, "--draw", folder.path("drawn"), "--jsonl")
    #expect(run.code == 0, "\(run.messages)")
    // Names that would repeat have the image's index.
    let drawn = ["small.png", "wide-1.png", "wide-2.png"]
    let paths = try run.images.map { $0["drawing"]?.stringValue }
    #expect(paths == drawn.map { folder.path("drawn/\($0)") })
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("drawn")).sorted() == drawn)
    let original = try ImageDecoder().decode(contentsOf: Self.scene("wide")).image
    let picture = try ImageDecoder().decode(contentsOf: folder.path("drawn/wide-1.png")).image
    #expect(picture.width == original.width && picture.height == original.height)
    let changed = zip(picture.pixels, original.pixels).filter { $0 != $1 }.count
    #expect(changed > 100 && changed < original.pixels.count / 2)
    let refused = try detect(copy, "--draw", folder.path("other"))
    #expect(refused.code == 64)
    #expect(refused.messages.contains("a folder from which images are read"))
    #expect(try folder.bytes("other/wide.png") == Data(Fixture.bytes("detection/wide.png")))
    let blocked = try detect(copy, "--draw", copy)
    #expect(blocked.code == 73)
  }

  @Test func imagesThatCannotBeReadAreReportedAndTheRestIsDone() throws {
    let damaged = try folder.file("damaged.png", Array("not an image".utf8))
    let run = try detect(damaged, Self.scene("small"), folder.path("missing.png"), "--jsonl")
    #expect(run.code == 65)
    let images = try run.images
    #expect(images.count == 3)
    #expect(
      images.filter { $0["boxes"] != nil }.map { $0["path"]?.stringValue } == [Self.scene("small")])
    #expect(run.messages.contains("damaged.png") && run.messages.contains("missing.png"))
    #expect(try detect(folder.path("missing.png")).code == 66)
  }

  @Test(arguments: [
    (["--size", "128"], 64, "--size contradicts the network, whose input is"),
    (["--padding", "stride"], 64, "--padding stride needs a network for inputs of any size"),
    (["--layout", "yolov8"], 65, "no output is [batch, 4 + classes, anchors] with 10 classes"),
    (["--layout", "yolox"], 65, "180 anchors are not the cells of the grids"),
    (["--output-name", "boxes"], 64, "there is no output 'boxes'; the outputs are 'outputs'"),
    (["--labels", Fixture.path("detection/boxes.json")], 65, "no output is [batch, anchors"),
    (["--mean", "0.1,0.2"], 64, "--mean must have one value or three"),
    (["--max-boxes", "0"], 64, "must be between 1 and 100000"),
  ])
  func contradictionsAreErrors(words: [String], code: Int32, message: String) throws {
    let run = try ToolProcess.repvgg.run(
      ["detect", "-w", Self.detector, Self.scene("small")] + words)
    #expect(run.code == code, "\(run.messages)")
    #expect(run.messages.contains(message), "\(run.messages)")
  }

  @Test func filesThatAreNotDetectorsAreRefused() throws {
    let weights = try detect(Self.scene("small"), model: Fixture.network)
    #expect(weights.code != 0)
    #expect(weights.messages.contains("holds weights without a graph"))
    let classifier = try detect(
      Self.scene("small"), model: Fixture.path("universe/mobileone-timm/train_raw_op13.onnx"))
    #expect(classifier.code == 65)
    #expect(classifier.messages.contains("no output is"))
  }
}
