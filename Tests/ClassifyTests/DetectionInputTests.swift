import CommandLineKit
import Foundation
import RepVGG
import TestSupport
import Testing
import TextFormats

/// What inputs `repvgg detect` makes: with networks whose boxes are the mean colours of cells.
///
/// The centre of a box is 100 times red and green, its width 100 times blue, its height 4.
@Suite struct DetectionInputTests {
  private static let anySize = Fixture.path("detection/any_size.onnx")
  private static let twoImages = Fixture.path("detection/two_images.onnx")

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    // Levels that are 0.4, 0.2 and 0.1 rounded down.
    try image("wide.ppm", 64, 32, [102, 51, 25])
    try image("tall.ppm", 32, 64, [51, 102, 25])
    try image("square.ppm", 64, 64, [102, 102, 25])
  }

  private func image(_ name: String, _ width: Int, _ height: Int, _ color: [UInt8]) throws {
    try folder.file(
      name,
      Array("P6\n\(width) \(height)\n255\n".utf8)
        + (0..<(width * height)).flatMap { _ in color })
  }

  /// The boxes of every image: left, top, width and height, rounded.
  private func boxes(_ words: [String]) throws -> [[[Int]]] {
    let run = try ToolProcess.repvgg.run(["detect", "--jsonl"] + words)
    #expect(run.code == 0, "\(run.messages)")
    return try run.images.map { image in
      (image["boxes"]?.arrayValue ?? []).map { box in
        ["x", "y", "width", "height"].map { Int((box[$0]?.doubleValue ?? -1).rounded()) }
      }
    }
  }

  @Test func paddingToTheStrideLeavesNoGreyWhereNoneIsNeeded() throws {
    let names = ["wide.ppm", "tall.ppm", "wide.ppm"].map(folder.path)
    let base = ["-w", Self.anySize, "--size", "64"] + names
    // 10 wide and 4 high around 40, 20.
    let (wide, tall) = ([35, 18, 10, 4], [15, 38, 10, 4])
    #expect(try boxes(base + ["--padding", "stride"]) == [[wide], [tall], [wide]])
    // 16 rows or columns of grey on both sides have a box too: at 45, minus the padding. Scores are
    // equal, so that the box of the first cell is the first.
    let expected = [
      [[22, 27, 42, 4], [35, 2, 10, 4]], [[6, 43, 26, 4], [0, 38, 9, 4]],
      [[22, 27, 42, 4], [35, 2, 10, 4]],
    ]
    #expect(try boxes(base) == expected)
    // Black gives boxes without a width.
    let black = try boxes(base + ["--placement", "top-left", "--fill", "0"])
    #expect(black == [[wide], [tall], [wide]])
  }

  @Test func channelsMeanAndDeviationAreThoseOfTheCommandLine() throws {
    let base = ["-w", Self.anySize, "--size", "64", folder.path("square.ppm")]
    #expect(try boxes(base) == [[[35, 38, 10, 4]]])
    #expect(try boxes(base + ["--channels", "bgr"]) == [[[0, 38, 30, 4]]])
    #expect(
      try boxes(base + ["--mean", "0.2,0.1,0", "--std", "0.5,1,0.5"]) == [[[30, 28, 20, 4]]])
  }

  @Test func aConfigurationBesideTheNetworkCounts() throws {
    let network = try folder.file("net.onnx", Fixture.bytes("detection/any_size.onnx"))
    try folder.file(
      "net.config.json",
      Array(
        #"{"input_size":[3,32,64],"mean":[0.2,0.1,0],"std":[0.5,1,0.5],"label_names":["it"]}"#
          .utf8))
    let run = try ToolProcess.repvgg.run([
      "detect", "-w", network, folder.path("wide.ppm"), "--jsonl",
    ])
    let meta = try #require(try run.objects.first?["meta"])
    #expect(meta["letterbox"]?["width"]?.integerValue == 64)
    #expect(meta["letterbox"]?["height"]?.integerValue == 32)
    #expect(meta["letterbox"]?["std"]?[1]?.doubleValue == 1)
    #expect(try run.images[0]["boxes"]?[0]?["label"]?.stringValue == "it")
    try folder.file("net.config.json", Array(#"{"label_names":["it","that"]}"#.utf8))
    let other = try ToolProcess.repvgg.run(["detect", "-w", network, folder.path("wide.ppm")])
    #expect(other.code == 65, "\(other.messages)")
  }

  @Test func aFixedNumberOfImagesIsComputedAtOnce() throws {
    let names = ["square.ppm", "wide.ppm", "square.ppm"].map(folder.path)
    let base = ["-w", Self.twoImages] + names
    let expected = [
      [[35, 38, 10, 4]], [[22, 27, 42, 4], [35, 2, 10, 4]], [[35, 38, 10, 4]],
    ]
    #expect(try boxes(base) == expected)
    #expect(try boxes(base + ["--batch", "2", "--size", "64"]) == expected)
    for words in [["--batch", "3"], ["--size", "32"], ["--padding", "stride"]] {
      let run = try ToolProcess.repvgg.run(["detect"] + base + words)
      #expect(run.code == 64, "\(words)")
      #expect(run.messages.contains("[2, 3, 64, 64]"), "\(run.messages)")
    }
    let several = try ToolProcess.repvgg.run(
      ["detect", "-w", Self.anySize, "--padding", "stride", "--batch", "2"] + names)
    #expect(several.code == 64)
  }
}
