import CommandLineKit

/// What `repvgg-bench run` found.
struct RunResult: Sendable {
  /// What the forms of one combination have in common.
  struct Key: Hashable, Sendable {
    let model: String
    let input: String
    let threads: Int
    let streams: Int
    let policy: String
    let algorithm: String

    var text: String {
      "\(model), \(input), \(threads) thread\(threads == 1 ? "" : "s")"
        + (streams > 1 ? ", \(streams) streams" : "") + (policy == "fast" ? "" : ", \(policy)")
        + (algorithm == "auto" ? "" : ", \(algorithm)")
    }
  }

  struct Scenario: Sendable {
    let key: Key
    let form: String
    /// Milliseconds of one run, or of a turn of all streams.
    let samples: [Double]
    let median: Double
    let p95: Double
    let p99: Double
    /// Median absolute deviation over the median.
    let spread: Double
    let imagesPerSecond: Double
    let gigaflops: Double?
    let memory: [(name: String, bytes: Double)]
    /// Milliseconds until the first result, by phase.
    let phases: [(name: String, milliseconds: Double)]
    let allocations: String
    let noise: String
    let warnings: [String]

    func bytes(_ name: String) -> Double { memory.first { $0.name == name }?.bytes ?? 0 }
  }

  struct Comparison: Sendable {
    let key: Key
    let baseline: String
    let candidate: String
    let ratio: Double
    let lower: Double
    let upper: Double
    let activationRatio: Double
  }

  let scenarios: [Scenario]
  let comparisons: [Comparison]

  /// The combinations in the order measured.
  var keys: [Key] {
    scenarios.reduce(into: []) { keys, scenario in
      if !keys.contains(scenario.key) { keys.append(scenario.key) }
    }
  }

  func scenarios(_ key: Key) -> [Scenario] { scenarios.filter { $0.key == key } }

  /// A comparison either way round, as candidate against baseline.
  func comparison(_ key: Key, _ candidate: String, against baseline: String) -> Comparison? {
    for comparison in comparisons where comparison.key == key {
      if comparison.candidate == candidate, comparison.baseline == baseline { return comparison }
      if comparison.candidate == baseline, comparison.baseline == candidate {
        return Comparison(
          key: key, baseline: baseline, candidate: candidate, ratio: 1 / comparison.ratio,
          lower: 1 / comparison.upper, upper: 1 / comparison.lower,
          activationRatio: 1 / comparison.activationRatio)
      }
    }
    return nil
  }
}

extension RunResult {
  init(_ root: Entry) throws(ReportError) {
    var scenarios: [Scenario] = []
    for entry in try root.entries("scenarios") { scenarios.append(try Scenario(entry)) }
    var comparisons: [Comparison] = []
    for entry in try root.entries("comparisons") {
      let interval = try entry.numbers("ci95")
      guard interval.count == 2, interval.allSatisfy({ $0 > 0 }) else {
        throw ReportError(root.file, "'\(entry.place).ci95' is not a pair of positive numbers")
      }
      comparisons.append(
        Comparison(
          key: try Key(entry, isComparison: true), baseline: try entry.text("baseline"),
          candidate: try entry.text("candidate"), ratio: try entry.positive("ratio"),
          lower: interval[0], upper: interval[1],
          activationRatio: try entry.positive("activation_peak_ratio")))
    }
    self.scenarios = scenarios
    // Comparisons do not name the algorithm; it is that of the scenarios of the same document.
    let keys = scenarios.map(\.key)
    self.comparisons = comparisons.map { comparison in
      let match = keys.first { $0.matchesButAlgorithm(comparison.key) } ?? comparison.key
      return Comparison(
        key: match, baseline: comparison.baseline, candidate: comparison.candidate,
        ratio: comparison.ratio, lower: comparison.lower, upper: comparison.upper,
        activationRatio: comparison.activationRatio)
    }
  }
}

extension RunResult.Key {
  fileprivate init(_ entry: Entry, isComparison: Bool = false) throws(ReportError) {
    let input = try entry.numbers("input")
    guard input.count == 4, input.allSatisfy({ $0 >= 1 && $0 <= 1e9 }) else {
      throw ReportError(entry.file, "'\(entry.place).input' is not a shape of four sizes")
    }
    self.init(
      model: try entry.text("model"),
      input: input.map { TextFormat.fixed($0, digits: 0) }.joined(separator: "x"),
      threads: try entry.integer("threads"), streams: entry.value["streams"]?.integerValue ?? 1,
      policy: entry.optionalText("policy") ?? "fast",
      algorithm: entry.optionalText("algorithm") ?? "auto")
  }

  fileprivate func matchesButAlgorithm(_ other: RunResult.Key) -> Bool {
    model == other.model && input == other.input && threads == other.threads
      && streams == other.streams && policy == other.policy
  }
}

extension RunResult.Scenario {
  fileprivate init(_ entry: Entry) throws(ReportError) {
    let summary = try entry.entry("summary")
    let memory = try entry.entry("memory")
    let samples = try entry.numbers("samples_ns")
    guard samples.allSatisfy({ $0 > 0 && $0 < 1e18 }) else {
      throw ReportError(entry.file, "'\(entry.place).samples_ns' has times that are not positive")
    }
    key = try RunResult.Key(entry)
    form = try entry.text("form")
    self.samples = samples.map { $0 / 1e6 }
    let median = try summary.positive("median_ns")
    self.median = median / 1e6
    p95 = try summary.positive("p95_ns") / 1e6
    p99 = (summary.optionalNumber("p99_ns") ?? .nan) / 1e6
    spread = (summary.optionalNumber("mad_ns") ?? .nan) / median
    imagesPerSecond = try entry.positive("images_per_second")
    gigaflops = entry.optionalNumber("effective_gflops")
    self.memory = memory.keys.compactMap { key in
      memory.optionalNumber(key).map { (key, max(0, $0)) }
    }
    let phases = entry.value["phases_ns"]
    self.phases = ["load", "fuse", "plan", "first"].compactMap { name in
      phases?[name]?.doubleValue.map { (name, $0 / 1e6) }
    }
    allocations =
      memory.value["allocations_per_run"]?.integerValue.map(String.init) ?? "not counted"
    noise = entry.optionalText("noise") ?? "unknown"
    warnings = entry.texts("warnings")
  }
}
