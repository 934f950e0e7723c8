import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing
import TextFormats

/// `repvgg classify` as a process: results, order, shards, batches.
@Suite struct ClassifyTests {
  private static let count = 13
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for index in 0..<Self.count {
      try folder.file(
        "images/\(Character(UnicodeScalar(UInt8(97 + index)))).ppm",
        Pictures.ppm(seed: index, width: 50 + 7 * index, height: 90 - 3 * index))
    }
  }

  private func classify(_ words: String..., input: [UInt8] = []) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(
      ["classify", "-w", Fixture.network, "--preset", "timm", "--size", "48"] + words, input: input)
  }

  /// Probabilities `[class: probability]` of every image.
  private func probabilities(_ run: ToolProcess.Outcome) throws -> [[Int: Double]] {
    try run.images.map { image in
      var result: [Int: Double] = [:]
      for entry in image["top"]?.arrayValue ?? [] {
        result[try #require(entry["class"]?.integerValue)] =
          try #require(entry["probability"]?.doubleValue)
      }
      return result
    }
  }

  @Test func givesWhatRunGivesOnTheSameArray() throws {
    let paths = try classify(folder.path("images"), "--jsonl").images.map {
      try #require($0["path"]?.stringValue)
    }
    #expect(paths.count == Self.count)
    let preprocessor = ImagePreprocessor(preset: try .timm(size: 48))
    let values = try paths.flatMap {
      try preprocessor.preprocess(ImageDecoder().decode(contentsOf: $0).image)
    }
    let input = folder.path("input.npy")
    let output = folder.path("output.npy")
    try NPYArray(Tensor(shape: [paths.count, 3, 48, 48], elements: values)).write(
      to: input, replacing: true)
    let run = try ToolProcess.repvgg.run([
      "run", Fixture.network, "-i", input, "-o", output, "--pin", "auto",
    ])
    #expect(run.code == 0, "\(run.messages)")
    let logits = try NPYArray(contentsOf: output)
    #expect(logits.shape == [paths.count, 10])
    let rows = try logits.floats()
    let classified = try classify(folder.path("images"), "--jsonl", "-k", "10")
    #expect(classified.code == 0, "\(classified.messages)")
    for (index, given) in try probabilities(classified).enumerated() {
      let row = rows[index * 10..<index * 10 + 10].map(Double.init)
      let sum = row.reduce(0) { $0 + exp($1) }
      #expect(given.count == 10)
      for (number, value) in row.enumerated() {
        #expect(abs((given[number] ?? -1) - exp(value) / sum) < 1e-5)
      }
      let top = try classified.images[index]["top"]?[0]?["class"]?.integerValue
      #expect(top == row.indices.max { row[$0] < row[$1] })
    }
  }

  @Test func probabilitiesFallAndAddUpToOne() throws {
    for image in try classify(folder.path("images"), "--jsonl", "-k", "100").images {
      let values = try (image["top"]?.arrayValue ?? []).map {
        try #require($0["probability"]?.doubleValue)
      }
      #expect(values.count == 10)
      #expect(values == values.sorted(by: >))
      #expect(abs(values.reduce(0, +) - 1) < 1e-12)
    }
  }

  @Test(arguments: [
    ["--batch", "1"], ["--batch", "5"], ["--batch", "64"], ["--threads", "1"], ["--threads", "5"],
    ["--algorithm", "im2col"], ["--algorithm", "direct"], ["--algorithm", "winograd"],
    ["--policy", "exact"], ["--policy", "compact"], ["--form", "branched"], ["--form", "folded"],
    ["--pin", "auto"],
  ])
  func howItIsComputedDoesNotMatter(words: [String]) throws {
    let base = [
      "classify", "-w", Fixture.network, "--preset", "timm", "--size", "48", "--jsonl", "-k", "10",
    ]
    let expected = try probabilities(ToolProcess.repvgg.run(base + [folder.path("images")]))
    let run = try ToolProcess.repvgg.run(base + [folder.path("images")] + words)
    #expect(run.code == 0, "\(run.messages)")
    let actual = try probabilities(run)
    #expect(actual.count == expected.count)
    for (one, other) in zip(actual, expected) {
      for (index, value) in other { #expect(abs((one[index] ?? -1) - value) < 1e-5) }
    }
  }

  @Test func sameCommandGivesTheSameBytes() throws {
    let first = try classify(folder.path("images"), "--jsonl", "-b", "4")
    let second = try classify(folder.path("images"), "--jsonl", "-b", "4")
    #expect(first.output == second.output)
  }

  @Test func orderIsThatOfTheInput() throws {
    let names = ["images/m.ppm", "images/a.ppm", "images/c.ppm"].map(folder.path)
    let run = try ToolProcess.repvgg.run(
      ["classify", "-w", Fixture.network, "--preset", "timm", "--size", "48", "--jsonl", "-b", "2"]
        + names)
    #expect(try run.images.map { $0["path"]?.stringValue } == names)
    #expect(try run.images.map { $0["index"]?.integerValue } == [0, 1, 2])
    let sorted = try classify(folder.path("images"), "--jsonl").images.map {
      $0["path"]?.stringValue ?? ""
    }
    #expect(sorted == sorted.sorted())
  }

  @Test(arguments: [1, 2, 5, 20])
  func shardsHoldEveryImageOnce(count: Int) throws {
    var seen: [Int: String] = [:]
    for index in 0..<count {
      let run = try classify(folder.path("images"), "--jsonl", "--shard", "\(index)/\(count)")
      #expect(run.code == 0, "\(run.messages)")
      for image in try run.images {
        let place = try #require(image["index"]?.integerValue)
        #expect(place % count == index)
        #expect(seen.updateValue(image["path"]?.stringValue ?? "", forKey: place) == nil)
      }
    }
    let all = try classify(folder.path("images"), "--jsonl").images
    #expect(seen.sorted { $0.key < $1.key }.map(\.value) == all.map { $0["path"]?.stringValue })
  }

  @Test(arguments: ["4/4", "-1/4", "1", "a/b", "0/0", "1/99999999999999999999"])
  func impossibleShardsAreRefused(text: String) throws {
    #expect(try classify(folder.path("images"), "--shard=\(text)").code == 64)
  }

  @Test(arguments: ["\n", "\0"])
  func standardInputNamesImages(separator: String) throws {
    let names = ["images/b.ppm", "images/a.ppm"].map(folder.path)
    let run = try classify(
      "-", "--jsonl", input: Array((names.joined(separator: separator) + separator).utf8))
    #expect(run.code == 0, "\(run.messages)")
    #expect(try run.images.map { $0["path"]?.stringValue } == names)
  }

  @Test func everyOutputNamesThePreset() throws {
    let text = try classify(folder.path("images"), "--preset", "author")
    #expect(text.output.hasPrefix("# "))
    #expect(text.output.split(separator: "\n")[0].contains("preset author: short side 48,"))
    let meta = try #require(try classify(folder.path("images"), "--jsonl").objects.first?["meta"])
    #expect(meta["preset"]?["name"]?.stringValue == "timm")
    #expect(meta["preset"]?["resize"]?.integerValue == 54)
    #expect(meta["preset"]?["crop"]?.integerValue == 48)
  }

  @Test func configurationBesideTheWeightsCounts() throws {
    let weights = try folder.file("model/train.pth", Fixture.bytes("tiny/train.pth"))
    try folder.file(
      "model/config.json",
      Array(
        """
        {"input_size": [3, 40, 40], "crop_pct": 0.5, "interpolation": "bicubic",
         "mean": [0.5, 0.25, 0.125], "std": [1, 2, 4]}
        """.utf8))
    func preset(_ words: String...) throws -> JSONValue? {
      let run = try ToolProcess.repvgg.run(
        ["classify", "-w", weights, "--jsonl", folder.path("images")] + words)
      #expect(run.code == 0, "\(run.messages)")
      return try run.objects.first?["meta"]?["preset"]
    }
    let own = try preset()
    #expect(own?["name"]?.stringValue == "config.json")
    #expect(own?["resize"]?.integerValue == 80)
    #expect(own?["crop"]?.integerValue == 40)
    #expect(own?["interpolation"]?.stringValue == "bicubic")
    #expect(own?["mean"] == JSONValue([0.5, 0.25, 0.125]))
    #expect(try preset("--size", "48")?["resize"]?.integerValue == 96)
    #expect(try preset("--size", "48", "--preset", "author")?["name"]?.stringValue == "author")
    try folder.file("model/config.json", Array("{".utf8))
    let broken = try ToolProcess.repvgg.run(["classify", "-w", weights, folder.path("images")])
    #expect(broken.code == 65)
    #expect(broken.messages.contains("config.json"))
  }

  @Test func labelsNameTheClasses() throws {
    let names = (0..<10).map { "class \($0)" }
    let labels = try folder.file("labels.txt", Array((names.joined(separator: "\r\n") + "\n").utf8))
    let run = try classify(folder.path("images"), "--jsonl", "--labels", labels)
    for image in try run.images {
      for entry in image["top"]?.arrayValue ?? [] {
        #expect(entry["label"]?.stringValue == "class \(entry["class"]?.integerValue ?? -1)")
      }
    }
    #expect(try run.images.count == Self.count)
    let short = try folder.file("short.txt", Array("one\ntwo\n".utf8))
    #expect(try classify(folder.path("images"), "--labels", short).code == 65)
    let marks = names.map { $0 + String(repeating: "\u{300}\u{315}", count: 100_000) }
    let slow = try folder.file("slow.txt", Array(marks.joined(separator: "\n").utf8))
    #expect(try classify(folder.path("images"), "--labels", slow).code == 65)
    #expect(try classify(folder.path("images"), "--labels", folder.path("none")).code == 66)
  }

  @Test func exifOrientationIsAnOption() throws {
    let image = Fixture.path("imaging/files/exif6.jpg")
    let without = try probabilities(classify(image, "--jsonl", "-k", "10"))
    let with = try probabilities(classify(image, "--jsonl", "-k", "10", "--exif"))
    #expect(without != with)
  }

  @Test func textHasALineForEachImage() throws {
    let run = try classify(folder.path("images"), "-k", "3", "--quiet")
    let lines = run.output.split(separator: "\n").dropFirst()
    #expect(lines.count == Self.count)
    #expect(lines.allSatisfy { $0.split(separator: "\t").count == 7 })
    #expect(run.messages.isEmpty)
  }
}
