import CommandLineKit
import Foundation
import TestSupport
import Testing

/// What `repvgg classify` does with what is no image, and when it is stopped.
@Suite struct HostileClassifyTests {
  private let folder: TemporaryFolder
  private let base = [
    "classify", "-w", Fixture.network, "--preset", "timm", "--size", "48", "--jsonl",
  ]

  init() throws { folder = try TemporaryFolder() }

  /// One file of every kind of damage, by name.
  private static func damaged() throws -> [(name: String, bytes: [UInt8])] {
    let jpeg = try Fixture.bytes("imaging/files/rgb420-157x101.jpg")
    let png = try Fixture.bytes("imaging/files/rgb8-33x17p.png")
    let webp = try Fixture.bytes("imaging/files/lossy-64x48.webp")
    var wrongChecksum = png
    wrongChecksum[png.count - 20] ^= 0x55
    return [
      ("empty.jpg", []),
      ("text.png", Array("not an image\n".utf8)),
      ("truncated.jpg", Array(jpeg.prefix(jpeg.count / 2))),
      ("truncated.png", Array(png.prefix(png.count / 2))),
      ("truncated.webp", Array(webp.prefix(webp.count / 2))),
      ("truncated.ppm", Array(Pictures.ppm(seed: 1).prefix(500))),
      ("checksum.png", wrongChecksum),
      ("huge.ppm", Array("P6\n60000 60000\n255\n".utf8)),
    ]
  }

  @Test(arguments: [1, 3, 8])
  func everyDamageIsReportedAndTheRestIsDone(batch: Int) throws {
    let damaged = try Self.damaged()
    for (index, file) in damaged.enumerated() {
      try folder.file("images/\(index)-\(file.name)", file.bytes)
      try folder.file("images/\(index)-sound.ppm", Pictures.ppm(seed: index))
    }
    try folder.file("images/with\nnewline.ppm", Pictures.ppm(seed: 100))
    try folder.file("images/x.jpg/inside.ppm", Pictures.ppm(seed: 101))
    symlink("/nonexistent", folder.path("images/dangling.jpg"))
    try folder.file("images/bitmap.bmp", Array("BM".utf8) + Array(repeating: 0, count: 60))
    let run = try ToolProcess.repvgg.run(base + [folder.path("images"), "-b", "\(batch)"])
    #expect(run.code == 65, "\(run.messages)")
    let images = try run.images
    let failures = images.filter { $0["error"] != nil }
    #expect(failures.count == damaged.count + 1)
    #expect(images.count == 2 * damaged.count + 3)
    for (index, file) in damaged.enumerated() {
      let name = "\(index)-\(file.name)"
      #expect(
        failures.contains { $0["path"]?.stringValue?.hasSuffix(name) == true }, "\(name)")
      #expect(run.messages.contains(name))
    }
    let sound = images.filter { $0["top"] != nil }.compactMap { $0["path"]?.stringValue }
    #expect(sound.count == damaged.count + 2)
    #expect(sound.contains { $0.hasSuffix("with\nnewline.ppm") })
    #expect(sound.contains { $0.hasSuffix("x.jpg/inside.ppm") })
    #expect(!run.messages.contains("with\nnewline"))
    #expect(run.messages.contains("passed over: 1 BMP\n"))
    #expect(try run.objects.first?["meta"]?["skipped"]?["BMP"]?.integerValue == 1)
  }

  @Test func aNameWithANewlineStaysOneLineOfText() throws {
    let path = try folder.file("with\nnewline.ppm", Pictures.ppm(seed: 1))
    let run = try ToolProcess.repvgg.run([
      "classify", "-w", Fixture.network, "--preset", "timm", "--size", "48", path, "-q",
    ])
    #expect(run.code == 0)
    #expect(run.output.split(separator: "\n").count == 2)
    #expect(run.output.contains("with\\nnewline.ppm\t"))
    let listed = try ToolProcess.repvgg.run(base + ["-"], input: Array((path + "\0").utf8))
    #expect(try listed.images.map { $0["path"]?.stringValue } == [path])
  }

  @Test func soundImagesKeepTheirResultsBesideDamagedOnes() throws {
    let sound = try (0..<5).map { try folder.file("\($0).ppm", Pictures.ppm(seed: $0)) }
    let damaged = try Self.damaged().enumerated().map {
      try folder.file("damaged\($0)", $1.bytes)
    }
    let alone = try ToolProcess.repvgg.run(base + sound + ["-k", "10"]).images
    let mixed = try ToolProcess.repvgg.run(base + damaged + sound + damaged + ["-k", "10"]).images
      .filter { $0["top"] != nil }
    #expect(mixed.count == sound.count)
    for (one, other) in zip(alone, mixed) {
      #expect(one["path"] == other["path"])
      let values = [one, other].map { image in
        (image["top"]?.arrayValue ?? []).compactMap { $0["probability"]?.doubleValue }
      }
      #expect(values[0].count == 10)
      #expect(zip(values[0], values[1]).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func exitCodesSayWhatWasWrong() throws {
    let empty = try folder.file("empty.jpg", [])
    let missing = folder.path("missing.jpg")
    let sound = try folder.file("sound.ppm", Pictures.ppm(seed: 1))
    try folder.file("nothing/note.txt", Array("text".utf8))
    #expect(try ToolProcess.repvgg.run(base + [missing]).code == 66)
    #expect(try ToolProcess.repvgg.run(base + [empty]).code == 65)
    #expect(try ToolProcess.repvgg.run(base + [empty, missing]).code == 65)
    #expect(try ToolProcess.repvgg.run(base + [missing, sound]).code == 65)
    #expect(try ToolProcess.repvgg.run(base + [folder.path("nothing")]).code == 66)
    #expect(try ToolProcess.repvgg.run(base + ["-"]).code == 66)
    #expect(try ToolProcess.repvgg.run(base + ["-", "-"]).code == 64)
    #expect(try ToolProcess.repvgg.run(base).code == 64)
    #expect(try ToolProcess.repvgg.run(base + [sound, "--pin", "4000"]).code == 64)
    #expect(try ToolProcess.repvgg.run(base + [sound, "--pin", "1-"]).code == 64)
    #expect(try ToolProcess.repvgg.run(["classify", sound, "-w", missing]).code == 66)
    #expect(try ToolProcess.repvgg.run(["classify", sound, "-w", sound]).code == 65)
    #expect(
      try ToolProcess.repvgg.run([
        "classify", sound, "-w", Fixture.plainNetwork, "--preset", "timm", "--form", "branched",
      ]).code == 65)
    #expect(try ToolProcess.repvgg.run(base + [sound]).code == 0)
  }

  @Test func anErrorAboutANameWithANewlineStaysOneLine() throws {
    let damaged = try folder.file("with\nnewline.jpg", Array("no image".utf8))
    let missing = folder.path("none\u{1B}[31m\nhere.jpg")
    let run = try ToolProcess.repvgg.run(base + ["-q", damaged, missing])
    #expect(run.code == 65)
    let lines = run.messages.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.hasPrefix("repvgg: ") })
    #expect(run.messages.contains("/with\\nnewline.jpg: "))
    #expect(run.messages.contains("/none\\x1b[31m\\nhere.jpg: "))
    // Programs get the name itself.
    #expect(try run.images.map { $0["path"]?.stringValue } == [damaged, missing])
    let weights = try ToolProcess.repvgg.run(["classify", damaged, "-w", missing])
    #expect(weights.code == 66)
    #expect(weights.messages.split(separator: "\n").count == 1)
  }

  @Test func interruptEndsWithWhatWasDone() throws {
    let image = Fixture.path("imaging/files/large-5000x3000.png")
    let count = 1000
    let list = Array(repeating: image, count: count).joined(separator: "\n")
    let running = try ToolProcess.repvgg.start(base + ["-", "-b", "1"], input: Array(list.utf8))
    let deadline = Date(timeIntervalSinceNow: 120)
    while running.output.split(separator: "\n").count < 3 {
      try #require(Date() < deadline && running.isRunning)
      Thread.sleep(forTimeInterval: 0.02)
    }
    running.interrupt()
    let run = try running.finish()
    #expect(run.code == 130, "\(run.messages)")
    let images = try run.images
    #expect(images.count >= 2 && images.count < count)
    // Every image that was computed, in order and with its result.
    #expect(images.map { $0["index"]?.integerValue } == Array(images.indices))
    #expect(images.allSatisfy { $0["top"] != nil })
    #expect(run.messages.contains("\(images.count) images in"))
    #expect(run.messages.contains("; interrupted"))
  }

  @Test func closedPipeEndsQuietly() throws {
    let image = try folder.file("sound.ppm", Pictures.ppm(seed: 1))
    let pipe = try NamedPipe()
    try pipe.reader.close()
    let running = try ToolProcess.repvgg.start(
      base + ["-q", image], output: pipe.writer)
    let run = try running.finish()
    #expect(run.code == 128 + SIGPIPE)
    #expect(run.messages.isEmpty)
  }
}
