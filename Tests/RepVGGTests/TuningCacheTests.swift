import Foundation
import RepVGG
import Testing

/// Tuned choices on disk: everything comes back, and no file can do harm.
@Suite struct TuningCacheTests {
  private let folder: URL
  private var path: String { folder.appending(path: "a/b/tuning.txt").path }

  private static let winograd = LayerChoice.winograd(
    WinogradConvolution.Options(
      verticalTile: 2, horizontalTile: 4, panelWidth: 48, depthBlock: 112, tilesPerChunk: 7,
      order: .panelOuter, stored: .kernel, multiplied: .matrices, split: .outputChannels,
      prefetchDistanceByteCount: 49_152))
  private static let direct = LayerChoice.direct(
    DirectConvolution.Options(
      panelWidth: 16, depthBlock: 32, linesPerChunk: 3, split: .pixels,
      prefetchDistanceByteCount: 0))
  private static let choices = [
    "stage0": LayerChoice.im2col, "stage1.0": winograd, "with\ttab = and space": direct,
  ]

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "repvgg-tuning-\(UUID().uuidString)")
  }

  private func withFolder(_ body: () throws -> Void) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body()
  }

  private func write(_ text: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder.path + "/a/b", withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  @Test func everythingStoredComesBack() throws {
    try withFolder {
      #expect(TuningCache.choices(for: "one", in: path).choices.isEmpty)
      #expect(TuningCache.choices(for: "one", in: path).warning == nil)
      try TuningCache.store(Self.choices, for: "one", in: path)
      try TuningCache.store(["x": .im2col], for: "two\nlines", in: path)
      try TuningCache.store(["old": .im2col], for: "three", in: path)
      try TuningCache.store([:], for: "three", in: path)
      let one = TuningCache.choices(for: "one", in: path)
      #expect(one.choices == Self.choices)
      #expect(one.warning == nil)
      #expect(TuningCache.choices(for: "two\nlines", in: path).choices == ["x": .im2col])
      for key in ["three", "four", "", "key one"] {
        #expect(TuningCache.choices(for: key, in: path).choices.isEmpty)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a/b").count == 1)
    }
  }

  /// Reading, adding and replacing is one step, whoever else does the same.
  @Test func whatIsStoredAtOnceIsAllKept() throws {
    try withFolder {
      let path = path
      DispatchQueue.concurrentPerform(iterations: 24) { index in
        do { try TuningCache.store(Self.choices, for: "key \(index)", in: path) } catch {
          Issue.record(error)
        }
      }
      for index in 0..<24 {
        #expect(TuningCache.choices(for: "key \(index)", in: path).choices == Self.choices)
      }
    }
  }

  /// No parameter of a choice is forgotten, also not one that is added some day.
  @Test func everyCandidateComesBackWhole() throws {
    let network = Network(try #require(Architecture.named("RepVGG-A0")), seed: 1)
    let input = try InputShape(batch: 2, height: 224, width: 224)
    let options = PlanOptions(threadCount: 2)
    let planner = ConvolutionPlanner(options: options)
    let requests = try Plan.convolutionRequests(network, input: input, options: options)
    let candidates = Set(requests.flatMap { planner.candidates($0) }).union([.im2col])
    #expect(candidates.count > 50)
    let named = Dictionary(
      uniqueKeysWithValues: candidates.enumerated().map { ("layer \($0)", $1) })
    try withFolder {
      try TuningCache.store(named, for: "k", in: path)
      #expect(TuningCache.choices(for: "k", in: path).choices == named)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let wordCounts = Set(text.split(separator: "\n").dropFirst(2).map { $0.count { $0 == "=" } })
      let fieldCounts = candidates.map { choice in
        switch choice {
        case .winograd(let options): Mirror(reflecting: options).children.count
        case .direct(let options): Mirror(reflecting: options).children.count
        case .im2col: 0
        }
      }
      #expect(wordCounts == Set(fieldCounts) && wordCounts.count == 3)
    }
  }

  @Test func aNetworksKeyTellsWhatChoicesDependOn() throws {
    let network = Network(try #require(Architecture.named("RepVGG-A0")), seed: 1)
    let input = try InputShape(batch: 1, height: 64, width: 64)
    let other = try InputShape(batch: 2, height: 64, width: 64)
    let keys = [
      TuningCache.key(network, input: input, options: PlanOptions()),
      TuningCache.key(network, input: other, options: PlanOptions()),
      TuningCache.key(network, input: input, options: PlanOptions(threadCount: 2)),
      TuningCache.key(network, input: input, options: PlanOptions(form: .branched)),
      TuningCache.key(network, input: input, options: PlanOptions(policy: .exact)),
    ]
    #expect(Set(keys).count == keys.count)
    #expect(keys.allSatisfy { !$0.contains("\n") })
    #expect(keys[0] == TuningCache.key(network, input: input, options: PlanOptions()))
  }

  private static let marks = String(repeating: "\u{300}\u{315}", count: 200_000)
  static let line = "direct panel=16 depth=32 lines=3 split=pixels prefetch=0"

  @Test func aFileIsReadAsDocumented() throws {
    try withFolder {
      try write("repvgg tuning 4\nkey k\n\(Self.line)\tlayer\nim2col\tother\n")
      #expect(
        TuningCache.choices(for: "k", in: path).choices
          == ["layer": Self.direct, "other": .im2col])
    }
  }

  @Test(arguments: [
    "", "\n", "{}", "repvgg tuning 3\n", "repvgg tuning 4", "repvgg tuning 4\nkey k",
    "repvgg tuning 4\n\(line)\tlayer\n", "repvgg tuning 4\nkey k\n\n",
    "repvgg tuning 4\nkey k\n\(line)\n", "repvgg tuning 4\r\nkey k\r\n",
    "repvgg tuning 4\nkey k\n\(line)\tlayer\nkey k\n",
    "repvgg tuning 4\nkey k\n\(line)\tlayer\n\(line)\tlayer\n",
    "repvgg tuning 4\nkey k\n\(line) x=1\tlayer\n",
    "repvgg tuning 4\nkey k\ndirect panel=16\tlayer\n",
    "repvgg tuning 4\nkey k\ndirect depth=32 panel=16 lines=3 split=pixels prefetch=0\tlayer\n",
    "repvgg tuning 4\nkey k\ndirect panel=+16 depth=32 lines=3 split=pixels prefetch=0\tlayer\n",
    "repvgg tuning 4\nkey k\ndirect panel=-1 depth=32 lines=3 split=pixels prefetch=0\tlayer\n",
    "repvgg tuning 4\nkey k\ndirect panel=99999999999999999999 depth=32 lines=3 split=pixels "
      + "prefetch=0\tlayer\n",
    "repvgg tuning 4\nkey k\ndirect panel=16 depth=32 lines=3 split=rows prefetch=0\tlayer\n",
    "repvgg tuning 4\nkey k\nfft\tlayer\n",
    // Compared as texts, these would take minutes.
    "repvgg tuning 4\nkey k\nkey \(marks)\nkey \(marks)a\n",
    "repvgg tuning 4\nkey k\nim2col\t\(marks)\nim2col\t\(marks)a\n",
  ])
  func aBrokenFileIsIgnoredWithAWarningAndReplaced(text: String) throws {
    try withFolder {
      try write(text)
      let found = TuningCache.choices(for: "k", in: path)
      #expect(found.choices.isEmpty)
      let warning = try #require(found.warning)
      #expect(warning.hasPrefix(path + ": ") && warning.hasSuffix("it is ignored"))
      try TuningCache.store(Self.choices, for: "k", in: path)
      #expect(TuningCache.choices(for: "k", in: path).choices == Self.choices)
    }
  }

  @Test func bytesThatAreNoTextAreIgnored() throws {
    try withFolder {
      try write("")
      try Data("repvgg tuning 4\nkey \u{FF}\n".unicodeScalars.map { UInt8($0.value) })
        .write(to: URL(filePath: path))
      #expect(TuningCache.choices(for: "k", in: path).warning != nil)
    }
  }

  @Test func whatCannotBeWrittenIsAnError() throws {
    try withFolder {
      try FileManager.default.createDirectory(
        atPath: folder.path + "/folder", withIntermediateDirectories: true)
      try Data().write(to: folder.appending(path: "file"))
      for name in ["folder", "file/tuning.txt", ""] {
        #expect(throws: RepVGGError.self) {
          let path = name.isEmpty ? "" : folder.path + "/" + name
          try TuningCache.store(Self.choices, for: "k", in: path)
        }
      }
    }
  }

  @Test func thePathFollowsTheEnvironment() {
    #expect(TuningCache.defaultPath(environment: ["REPVGG_TUNING": "x"]) == "x")
    for homeless in [[:], ["HOME": ""], ["HOME": "relative", "XDG_CACHE_HOME": ""]] {
      #expect(TuningCache.defaultPath(environment: homeless) == nil)
    }
    #expect(
      TuningCache.defaultPath(environment: ["XDG_CACHE_HOME": "/c", "HOME": "/h"])
        == "/c/repvgg/tuning.txt")
    // The specification of base directories tells to ignore relative paths.
    #expect(
      TuningCache.defaultPath(environment: ["XDG_CACHE_HOME": "c", "HOME": "/h"])
        == "/h/.cache/repvgg/tuning.txt")
  }
}
