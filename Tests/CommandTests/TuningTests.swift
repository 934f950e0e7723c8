import CommandLineKit
import Foundation
import RepVGG
import TestSupport
import Testing
import TextFormats

/// `--tuning`: what `repvgg tune` found is used by what runs networks, and never breaks anything.
@Suite struct TuningTests {
  private let folder: TemporaryFolder
  private var file: String { folder.path("tuning.txt") }
  private static let weights = CommandFixture.path("tiny/train.safetensors")
  private static let images = CommandFixture.path("tiny/input.npy")

  init() throws { folder = try TemporaryFolder() }

  // MARK: - What a run says

  private struct Report {
    let isTuned: Bool?
    /// Layers and their algorithms.
    let layers: [String]
    let messages: String
    let logits: Data
  }

  /// Runs the fixture on one thread.
  private func run(
    _ further: [String], images: String = images, threads: Int = 1,
    environment: [String: String] = [:]
  ) throws -> Report {
    let output = folder.path("logits.npy")
    let outcome = try ToolProcess.repvgg.run(
      [
        "run", Self.weights, "-i", images, "-o", output, "--json", "--threads", "\(threads)",
      ] + further, environment: Self.isa.merging(environment) { $1 })
    try #require(outcome.code == 0, "\(outcome.messages)")
    let json = try JSONReader().value(outcome.output)
    let layers = try #require(json["layers"]?.arrayValue)
    return Report(
      isTuned: json["tuned"]?.boolValue,
      layers: layers.map {
        "\($0["name"]?.stringValue ?? "") \($0["algorithm"]?.stringValue ?? "")"
      },
      messages: outcome.messages, logits: try Data(contentsOf: URL(filePath: output)))
  }

  /// Keys hold the level of kernels, which must be the tests' own.
  private static var isa: [String: String] {
    ProcessInfo.processInfo.environment.filter { $0.key == "REPVGG_ISA" }
  }

  /// The plan that the tool makes without a file, in parts.
  private struct Planned {
    let network: Network
    let input: InputShape
    let options: PlanOptions
    let layers: [(name: String, layer: ConvolutionLayer)]

    init(_ options: PlanOptions) throws {
      self.options = options
      network = try Network(contentsOf: weights)
      input = try InputShape(dimensions: NPYArray(contentsOf: images).shape)
      layers = try Plan.convolutionLayers(network, input: input, options: options)
    }

    var key: String {
      TuningCache.key(layers.map { $0.layer }, input: input, options: options)
    }

    /// What the cost model chooses, by the lines of the layers.
    func choices() throws -> [String: ConvolutionChoice] {
      let layers = layers.map { $0.layer }
      let choices = try ConvolutionPlanner(options: options).choices(layers)
      return Dictionary(
        zip(layers.map(\.line), choices), uniquingKeysWith: { first, _ in first })
    }
  }

  // MARK: - Use

  @Test func whatWasTunedIsUsedForTheSameShapeAndThreads() throws {
    let words = ["--tuning", file]
    let tuned = try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "tune", Self.weights, "--batch", "2", "--size", "48", "-t", "1", "--candidates", "1",
      ] + words)
    #expect(tuned.output.contains("kept in \(file)"))
    let plain = try run(["--tuning", "none"])
    #expect(plain.isTuned == false)
    let used = try run(words)
    #expect(used.isTuned == true && used.messages.isEmpty)
    #expect(try run([], environment: ["REPVGG_TUNING": file]).isTuned == true)
    // The key has batch and size, threads, form, policy and algorithm.
    let odd = CommandFixture.path("tiny/input_odd.npy")
    for other in [
      try run(words, images: odd), try run(words, threads: 2),
      try run(words + ["--form", "folded"]),
      try run(words + ["--policy", "exact"]), try run(words + ["--policy", "compact"]),
      try run(words + ["--algorithm", "direct"]),
    ] {
      #expect(other.isTuned == false && other.messages.isEmpty)
    }
  }

  @Test func theStandardFileIsSharedByAllCommands() throws {
    let cache = ["REPVGG_TUNING": "", "XDG_CACHE_HOME": folder.url.path]
    let picture = CommandFixture.path("imaging/files/rgb8-33x17p.png")
    let images = folder.url.appending(path: "images")
    for name in 0..<10 {
      let place = images.appending(path: "\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: URL(filePath: picture), to: place.appending(path: "image.png"))
    }
    let tool = ToolProcess.repvgg
    let tune = ["tune", Self.weights, "--size", "32", "-t", "1", "--candidates", "1"]
    let engine = ["--weights", Self.weights, "--size", "32", "-t", "1", "--batch", "1"]
    let files = engine + ["--preset", "timm"]
    let before = try tool.run(["classify", picture, "--jsonl"] + files, environment: cache)
    #expect(try tool.run(tune, environment: cache).code == 0)
    let classified = try tool.run(["classify", picture, "--jsonl"] + files, environment: cache)
    func meta(_ outcome: ToolProcess.Outcome) throws -> JSONValue? {
      let line = try #require(outcome.output.split(separator: "\n").first)
      return try JSONReader().value(String(line))["meta"]?["tuned"]
    }
    #expect(try meta(before) == .bool(false))
    #expect(try meta(classified) == .bool(true))
    let evaluated = try tool.run(
      ["evaluate", images.path, "--json"] + files, environment: cache)
    #expect(try JSONReader().value(evaluated.output)["tuned"] == .bool(true))
    let bench = ToolProcess.bench
    let quick = engine + ["--form", "plain", "--min-time", "0.02", "--format", "json"]
    let measured = try bench.run(["run"] + quick, environment: cache)
    #expect(try JSONReader().value(measured.output)["scenarios"]?[0]?["tuned"] == .bool(true))
    let layers = try bench.run(["layers"] + quick, environment: cache)
    #expect(try JSONReader().value(layers.output)["rows"]?[0]?["tuned"] == .bool(true))
    let untuned = try bench.run(["run"] + quick + ["--tuning", "none"], environment: cache)
    #expect(try JSONReader().value(untuned.output)["scenarios"]?[0]?["tuned"] == .bool(false))
  }

  /// Every layer gets the candidate that the cost model likes least, and the run has them.
  @Test func theChoicesOfTheFileDecide() throws {
    let planned = try Planned(PlanOptions(threadCount: 1))
    let planner = ConvolutionPlanner(options: planned.options)
    var choices: [String: ConvolutionChoice] = [:]
    for (_, layer) in planned.layers { choices[layer.line] = try planner.candidates(layer).last }
    try TuningCache.store(choices, for: planned.key, in: file)
    let tuned = try run(["--tuning", file])
    #expect(tuned.isTuned == true && tuned.messages.isEmpty)
    let expected = try planned.layers.map { name, layer in
      let choice = try #require(choices[layer.line])
      return "\(name) \(try choice.plan(layer, kernels: .selected).name)"
    }
    #expect(tuned.layers == expected)
    #expect(try run([]).layers != expected)
  }

  @Test func exactCanBeTunedAndStaysExact() throws {
    let words = ["--policy", "exact", "--tuning", file]
    try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "tune", Self.weights, "--batch", "2", "--size", "48", "-t", "1", "--candidates", "1",
      ] + words)
    let tuned = try run(words)
    #expect(tuned.isTuned == true)
    #expect(tuned.layers.allSatisfy { $0.hasSuffix(" direct") })
  }

  // MARK: - What is kept

  /// Other processes want the CPU that the tool runs on: nothing that is timed there means anything.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/proc/pressure/cpu"),
      "without the kernel's pressure figures the machine can pass for quiet"))
  func onABusyMachineNothingIsKept() throws {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let allowed = try #require(status.firstMatch(of: /Cpus_allowed_list:\s*(\d+)/)).1
    let null = try #require(FileHandle(forWritingAtPath: "/dev/null"))
    // They end by themselves should nobody end them.
    let words = ["-c", String(allowed), "sh", "-c", "ulimit -t 20; exec yes"]
    let others = try (0..<4).map { _ in
      try ToolProcess(installed: "taskset").start(words, output: null)
    }
    defer { for other in others { other.send(SIGKILL) } }
    let outcome = try ToolProcess.repvgg.run([
      "tune", Self.weights, "--size", "32", "-t", "1", "--pin", String(allowed), "--candidates",
      "2", "--min-time", "5ms", "--tuning", file,
    ])
    #expect(outcome.code == 3, "\(outcome.messages)")
    #expect(outcome.messages.contains("nothing is kept"))
    #expect(outcome.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test func processesThatTuneAtOnceKeepAllTheirResults() throws {
    let sizes = Array(stride(from: 16, through: 48, by: 4))
    let processes = try sizes.map { size in
      try ToolProcess.repvgg.start([
        "tune", Self.weights, "--size", "\(size)", "-t", "1", "--candidates", "1", "--tuning", file,
      ])
    }
    for process in processes { #expect(try process.finish().code == 0) }
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for size in sizes { #expect(text.contains("|1x3x\(size)x\(size)|"), "\(size)") }
  }

  // MARK: - What is ignored

  /// Choices under a key that promises something else, such as a changed file.
  @Test(arguments: [
    PlanOptions(policy: .exact), PlanOptions(policy: .compact), PlanOptions(algorithm: .direct),
    PlanOptions(algorithm: .im2col),
  ])
  func noChoiceBreaksAPolicy(_ options: PlanOptions) throws {
    let free = ConvolutionPlanner(options: PlanOptions())
    let planned = try Planned(options)
    // The first candidates are Winograd's, which the options forbid or cannot pay for.
    var choices: [String: ConvolutionChoice] = [:]
    for (_, layer) in planned.layers { choices[layer.line] = try free.candidates(layer).first }
    try TuningCache.store(choices, for: planned.key, in: file)
    let words = ["--policy", options.policy.rawValue, "--algorithm", options.algorithm.rawValue]
    let ignored = try run(words + ["--tuning", file])
    let without = try run(words)
    #expect(ignored.isTuned == false)
    #expect(ignored.layers == without.layers && ignored.logits == without.logits)
    // Under compact the file is not even asked.
    #expect(ignored.messages.isEmpty == (options.policy == .compact))
  }

  @Test func anotherCPUsChoicesAreLeftAlone() throws {
    let planned = try Planned(PlanOptions(threadCount: 1))
    try TuningCache.store(try planned.choices(), for: "Another CPU|" + planned.key, in: file)
    let run = try run(["--tuning", file])
    #expect(run.isTuned == false && run.messages.isEmpty)
    try TuningCache.store(try planned.choices(), for: planned.key, in: file)
    #expect(try self.run(["--tuning", file]).isTuned == true, "the same under its own key")
  }

  @Test func choicesOfAnotherVersionAreIgnoredWithOneWarning() throws {
    let planned = try Planned(PlanOptions(threadCount: 1))
    var choices = try planned.choices()
    // A layer that is gone, and one that came in its place.
    let gone = try #require(planned.layers.last?.layer.line)
    choices["kernel=9x9"] = choices.removeValue(forKey: gone)
    try TuningCache.store(choices, for: planned.key, in: file)
    let run = try run(["--tuning", file])
    #expect(run.isTuned == false)
    #expect(run.messages.contains(file) && run.messages.contains("tune again"))
    #expect(run.messages.split(separator: "\n").count == 1)
  }

  @Test(arguments: ["", "{}", "{\"version\":99,\"entries\":{}}", "[1,2", "\u{0}\u{1}"])
  func aBrokenFileIsIgnoredWithOneWarning(text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: file))
    let broken = try run(["--tuning", file])
    #expect(broken.isTuned == false)
    #expect(broken.messages.hasPrefix("repvgg: warning: \(file): "))
    #expect(broken.messages.split(separator: "\n").count == 1)
    #expect(try run(["--tuning", file, "--quiet"]).messages.isEmpty)
    #expect(broken.logits == (try run([])).logits)
    // Three forms in two processes, and still one warning.
    let measured = try ToolProcess.bench.run(
      expecting: 0,
      [
        "run", "--weights", Self.weights, "--size", "32", "-t", "1", "--min-time", "0.02",
        "--tuning", file,
      ])
    #expect(measured.messages.split(separator: "\n").count { $0.contains("warning") } == 1)
  }

  @Test func onlyANamedFileThatIsMissingIsToldOf() throws {
    let named = try run(["--tuning", file])
    #expect(named.isTuned == false && named.messages.contains("does not exist"))
    let standard = try run(
      [], environment: ["REPVGG_TUNING": "", "XDG_CACHE_HOME": folder.url.path])
    #expect(standard.isTuned == false && standard.messages.isEmpty)
  }

  @Test func wrongUseIsExplained() throws {
    let run = ["run", Self.weights, "-i", Self.images]
    for (words, hint) in [
      (["tune", Self.weights, "--policy", "compact"], "compact"),
      (run + ["-o", "-", "--json"], "--json"),
      (run + ["-o", folder.path("logits.npy"), "--tuning", ""], "--tuning"),
    ] {
      let outcome = try ToolProcess.repvgg.run(expecting: 64, words)
      #expect(outcome.messages.contains(hint))
    }
    #expect(try folder.contents.isEmpty)
  }
}
