import Foundation
import RepVGG
import Testing

/// Tuned choices on disk: everything comes back, and no file can do harm.
@Suite struct TuningCacheTests {
  private let folder: URL
  private var path: String { folder.appending(path: "a/b/tuning.txt").path }

  private static let winograd = ConvolutionChoice(
    WinogradMethod(
      verticalTile: 2, horizontalTile: 4, panelWidth: 48, depthBlock: 112, tilesPerChunk: 7,
      order: .panelOuter, stored: .kernel, multiplied: .matrices, split: .outputChannels,
      prefetchDistanceByteCount: 49_152))
  private static let direct = ConvolutionChoice(
    DirectMethod(
      panelWidth: 16, depthBlock: 32, linesPerChunk: 3, split: .pixels,
      prefetchDistanceByteCount: 0))
  private static let im2col = ConvolutionChoice(Im2ColMethod())
  private static let choices = [
    "a layer": im2col, "another": winograd, "with\ttab = and space": direct,
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
      try TuningCache.store(["x": Self.im2col], for: "two\nlines", in: path)
      try TuningCache.store(["old": Self.im2col], for: "three", in: path)
      try TuningCache.store([:], for: "three", in: path)
      let one = TuningCache.choices(for: "one", in: path)
      #expect(one.choices == Self.choices)
      #expect(one.warning == nil)
      #expect(TuningCache.choices(for: "two\nlines", in: path).choices == ["x": Self.im2col])
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
    let layers = try Plan.convolutionLayers(network, input: input, options: options)
    let candidates = Set(try layers.flatMap { try planner.candidates($0.layer) })
      .union([Self.im2col])
    #expect(candidates.count > 50)
    let named = Dictionary(
      uniqueKeysWithValues: candidates.enumerated().map { ("layer \($0)", $1) })
    try withFolder {
      try TuningCache.store(named, for: "k", in: path)
      #expect(TuningCache.choices(for: "k", in: path).choices == named)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let wordCounts = Set(text.split(separator: "\n").dropFirst(2).map { $0.count { $0 == "=" } })
      let fieldCounts = candidates.map { Mirror(reflecting: $0.method).children.count }
      #expect(wordCounts == Set(fieldCounts) && wordCounts.count == 3)
    }
  }

  private func key(
    _ input: InputShape, _ options: PlanOptions = PlanOptions(), network: String = "RepVGG-A0"
  ) throws -> String {
    let network = Network(try #require(Architecture.named(network)), seed: 1)
    let layers = try Plan.convolutionLayers(network, input: input, options: options)
    return TuningCache.key(layers.map { $0.layer }, input: input, options: options)
  }

  @Test func aKeyTellsWhatChoicesDependOn() throws {
    let one = try InputShape(batch: 1, height: 64, width: 64)
    let two = try InputShape(batch: 2, height: 64, width: 64)
    let keys = [
      try key(one), try key(two), try key(one, network: "RepVGG-A1"),
      try key(one, network: "RepVGG-B1"), try key(one, network: "RepVGG-B1g4"),
      try key(one, PlanOptions(threadCount: 2)), try key(one, PlanOptions(form: .branched)),
      try key(one, PlanOptions(policy: .exact)), try key(one, PlanOptions(algorithm: .direct)),
    ]
    #expect(Set(keys).count == keys.count)
    #expect(keys.allSatisfy { !$0.contains("\n") })
    #expect(keys[0] == (try key(one)))
  }

  /// Layers that differ in anything are stored apart.
  @Test func aLayersLineSaysAllOfIt() throws {
    let layout = ActivationLayout(batch: 1, height: 8, width: 9, channels: 32)
    func layer(
      _ source: ActivationLayout, stride: Int = 1, groups: Int = 1, kernelSize: Int = 3,
      epilogue: ConvolutionEpilogue = .init(), workers: Int = 1, outputs: Int = 32
    ) -> ConvolutionLayer {
      ConvolutionLayer(
        shape: ConvolutionShape(
          source: source,
          destination: ActivationLayout(
            batch: source.batch, height: (source.height + stride - 1) / stride,
            width: (source.width + stride - 1) / stride, channels: outputs),
          kernelSize: kernelSize, stride: stride, groups: groups), epilogue: epilogue,
        workerCount: workers)
    }
    let layers = [
      layer(layout), layer(layout.withBatch(2)), layer(layout, stride: 2),
      layer(layout, groups: 2), layer(layout, kernelSize: 1), layer(layout, workers: 2),
      layer(layout, outputs: 40), layer(layout, epilogue: .init(accumulates: true)),
      layer(layout, epilogue: .init(addsScaledIdentity: true)),
      layer(layout, epilogue: .init(appliesReLU: true)),
      layer(layout, epilogue: .init(accumulates: true, appliesReLU: true)),
      layer(ActivationLayout(batch: 1, height: 9, width: 8, channels: 32)),
      layer(ActivationLayout(batch: 1, height: 8, width: 9, channels: 3)),
      layer(ActivationLayout(batch: 1, height: 8, width: 9, channels: 3, padded: false)),
    ]
    #expect(Set(layers.map(\.line)).count == layers.count)
    #expect(
      layers[0].line
        == "kernel=3x3 stride=1 groups=1 batch=1 source=8x9x32/32 destination=8x9x32/32"
        + " epilogue=none workers=1")
  }

  private static let marks = String(repeating: "\u{300}\u{315}", count: 200_000)
  static let line = "direct panel=16 depth=32 lines=3 split=pixels prefetch=0"

  @Test func aFileIsReadAsDocumented() throws {
    try withFolder {
      try write("repvgg tuning 5\nkey k\n\(Self.line)\tlayer\nim2col\tother\n")
      #expect(
        TuningCache.choices(for: "k", in: path).choices
          == ["layer": Self.direct, "other": Self.im2col])
    }
  }

  @Test(arguments: [
    "", "\n", "{}", "repvgg tuning 4\n", "repvgg tuning 5", "repvgg tuning 5\nkey k",
    "repvgg tuning 5\n\(line)\tlayer\n", "repvgg tuning 5\nkey k\n\n",
    "repvgg tuning 5\nkey k\n\(line)\n", "repvgg tuning 5\r\nkey k\r\n",
    "repvgg tuning 5\nkey k\n\(line)\tlayer\nkey k\n",
    "repvgg tuning 5\nkey k\n\(line)\tlayer\n\(line)\tlayer\n",
    "repvgg tuning 5\nkey k\n\(line) x=1\tlayer\n",
    "repvgg tuning 5\nkey k\ndirect panel=16\tlayer\n",
    "repvgg tuning 5\nkey k\ndirect depth=32 panel=16 lines=3 split=pixels prefetch=0\tlayer\n",
    "repvgg tuning 5\nkey k\ndirect panel=+16 depth=32 lines=3 split=pixels prefetch=0\tlayer\n",
    "repvgg tuning 5\nkey k\ndirect panel=-1 depth=32 lines=3 split=pixels prefetch=0\tlayer\n",
    "repvgg tuning 5\nkey k\ndirect panel=99999999999999999999 depth=32 lines=3 split=pixels "
      + "prefetch=0\tlayer\n",
    "repvgg tuning 5\nkey k\ndirect panel=16 depth=32 lines=3 split=rows prefetch=0\tlayer\n",
    "repvgg tuning 5\nkey k\nfft\tlayer\n",
    // Compared as texts, these would take minutes.
    "repvgg tuning 5\nkey k\nkey \(marks)\nkey \(marks)a\n",
    "repvgg tuning 5\nkey k\nim2col\t\(marks)\nim2col\t\(marks)a\n",
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
      try Data("repvgg tuning 5\nkey \u{FF}\n".unicodeScalars.map { UInt8($0.value) })
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
