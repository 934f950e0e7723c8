import CommandLineKit
import Foundation
import TestSupport
import Testing
import TextFormats

/// Folders as people have them: what is passed over is said, and nothing is guessed.
@Suite struct FolderCasesTests {
  private static let cases = Fixture.path("cases/19-folders") + "/"
  private static let weights = cases + "w.pth"
  private static let preset = ["--preset", "author", "--size", "40"]

  private func evaluate(_ folder: String, _ words: String...) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(
      ["evaluate", folder, "-w", Self.weights, "--json"] + Self.preset + words)
  }

  @Test(arguments: [
    ("val", [:], ""), ("gif", ["GIF": 1], "passed over: 1 GIF"),
    (
      "hidden", ["hidden entries": 3, "other files": 1, "files outside the class folders": 1],
      "passed over: 1 files outside the class folders, 3 hidden entries, 1 other files"
    ),
  ])
  func whatIsPassedOverIsSaid(name: String, skipped: [String: Int], message: String) throws {
    let run = try evaluate(Self.cases + name)
    #expect(run.code == 0, "\(run.messages)")
    #expect(message.isEmpty || run.messages.contains(message), "\(run.messages)")
    #expect(run.messages.contains("passed over") == !message.isEmpty)
    let report = try JSONReader().value(run.output)
    #expect(report["images"]?.integerValue == 9)
    for (kind, count) in skipped {
      #expect(report["skipped"]?[kind]?.integerValue == count, "\(run.output)")
    }
  }

  @Test func formatsThatAreNotReadAreCountedByName() throws {
    let folder = try TemporaryFolder()
    func box(_ brand: String) -> [UInt8] { [0, 0, 0, 24] + Array("ftyp\(brand)".utf8) + [0, 0] }
    let files: [(String, [UInt8])] = [
      ("a.gif", Array("GIF89a".utf8)), ("a.bmp", Array("BM....".utf8)),
      ("a.tif", [0x49, 0x49, 0x2a, 0, 8]), ("b.tiff", [0x4d, 0x4d, 0, 0x2a, 0]),
      ("a.avif", box("avif")), ("a.heic", box("heic")), ("b.heif", box("mif1")),
      ("a.mp4", box("isom")), ("a.jxl", [0xff, 0x0a, 0]), ("notes.txt", Array("text".utf8)),
      ("empty", []), (".hidden.png", []), (".cache/x.png", []),
    ]
    for (name, bytes) in files { try folder.file("images/\(name)", bytes) }
    let image = try folder.file("images/z.ppm", Pictures.ppm(seed: 1))
    let words = ["-w", Self.weights, "--jsonl"] + Self.preset
    let run = try ToolProcess.repvgg.run(["classify", folder.path("images")] + words)
    #expect(run.code == 0, "\(run.messages)")
    #expect(try run.images.map { $0["path"]?.stringValue } == [image])
    #expect(
      run.messages.contains(
        "passed over: 1 AVIF, 1 BMP, 1 GIF, 2 HEIC, 1 JPEG XL, 1 MP4, 2 TIFF, 2 hidden entries,"
          + " 2 other files"), "\(run.messages)")
    let skipped = try run.objects.first?["meta"]?["skipped"]
    #expect(skipped?["HEIC"]?.integerValue == 2)
    // A file that is named is not passed over.
    let named = try ToolProcess.repvgg.run(["classify", folder.path("images/a.gif")] + words)
    #expect(named.code == 65)
    #expect(named.messages.contains("GIF files are not supported"))
  }

  @Test func aClassFolderWithoutImagesIsSaid() throws {
    let folder = try TemporaryFolder()
    for name in ["ant", "bee", "cat"] {
      try folder.file("set/\(name)/0.ppm", Pictures.ppm(seed: 1))
    }
    try FileManager.default.createDirectory(
      atPath: folder.path("set/lost+found"), withIntermediateDirectories: false)
    let refused = try evaluate(folder.path("set"))
    #expect(refused.code == 65)
    #expect(refused.messages.contains("4 class folders, 1 without images such as 'lost+found'"))
    try FileManager.default.removeItem(atPath: folder.path("set/cat"))
    let counted = try evaluate(folder.path("set"))
    #expect(counted.code == 0)
    #expect(counted.messages.contains("the class folder 'lost+found' holds no images"))
  }

  @Test func nothingIsGuessedAboutANetworkThatIsNotImageNets() throws {
    let words = ["classify", Self.cases + "val", "-w", Self.weights]
    for given in [[], ["--size", "40"], ["--mean", "0.5", "--std", "0.5"], ["--preset", "file"]] {
      let run = try ToolProcess.repvgg.run(words + given)
      #expect(run.code == 64, "\(given) \(run.messages)")
      #expect(run.messages.contains("does not say how images become its input"))
      #expect(run.output.isEmpty)
    }
    let whole = ["--size", "40", "--mean", "0.406", "--std", "0.225,0.25,0.2"]
    let run = try ToolProcess.repvgg.run(words + whole + ["--jsonl"])
    #expect(run.code == 0, "\(run.messages)")
    let preset = try run.objects.first?["meta"]?["preset"]
    #expect(preset?["mean"] == JSONValue([0.406, 0.406, 0.406]))
    #expect(preset?["std"] == JSONValue([0.225, 0.25, 0.2]))
    #expect(preset?["resize"]?.integerValue == 40 && preset?["crop"]?.integerValue == 40)
    #expect(run.output.contains("[0.406,0.406,0.406]"), "as it was given")
  }
}
