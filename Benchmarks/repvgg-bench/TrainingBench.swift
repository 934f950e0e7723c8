import CommandLineKit
import Measurement
import RepVGG
import RepVGGTraining
import TextFormats
import SeededNumbers

/// `repvgg-bench training`: a training step of the branched network against the plain one's.
enum TrainingBench {
  private static let model = Option(
    "model", short: "m", .list(of: .text("NAME")), default: ["digits"],
    help: "Networks: digits or names of the catalogue.")
  private static let batch = Option(
    "batch", short: "b", .integer(1...4096), defaultText: "64 for digits, else 16",
    help: "Images per step.")
  private static let size = Option(
    "size", short: "s", .integer(1...1024), defaultText: "32 for digits, else 64",
    help: "Side of the images.")
  private static let threads = Option(
    "threads", short: "t", .integer(1...1024), default: PlanOptions.availableThreadCount,
    defaultText: "all CPUs", environment: "REPVGG_THREADS", help: "Threads to compute with.")

  static let command = Command(
    "training", summary: "Time and memory of a training step, branched against plain",
    discussion: """
      A step is forward pass, backward pass and update by SGD with momentum; the plain network's \
      update is RepOptimizer's. Both networks take turns, so a disturbance affects both. The \
      images are already in memory.
      """,
    arguments: [
      model, batch, size, threads, BenchArguments.seed, BenchArguments.minimumTime,
      BenchArguments.format,
    ],
    examples: [
      Command.Example("repvgg-bench training --model digits,A0 --format json", "for a program")
    ]
  ) { arguments in
    var rows: [Row] = []
    for name in arguments[model] where !SignalTrap.isInterrupted {
      rows.append(try measure(name, arguments))
    }
    let system = BenchSystem.description()
    try StandardOutput.write(
      text(rows, system, threads: arguments[threads], arguments[BenchArguments.format]))
    return SignalTrap.isInterrupted ? .interrupted : .success
  }

  /// What both networks of one shape came to.
  private struct Row {
    let model: String
    let batch: Int
    let size: Int
    let branched: TrainingStep
    let plain: TrainingStep
    let medians: (branched: Double, plain: Double)
    let timeRatio: RatioEstimate
    var memoryRatio: Double {
      Double(plain.network.activationByteCount) / Double(branched.network.activationByteCount)
    }
  }

  private static func measure(_ name: String, _ arguments: Arguments) throws -> Row {
    let isDigits = name == "digits"
    let (batch, size) = (arguments[batch] ?? (isDigits ? 64 : 16), arguments[size])
    let edge = size ?? (isDigits ? 32 : 64)
    func step(_ form: TrainingArchitecture.Form) throws -> TrainingStep {
      try TrainingStep(
        try architecture(name, form: form), batch: batch, size: edge,
        seed: arguments[BenchArguments.seed], threadCount: arguments[threads])
    }
    let (branched, plain) = (try step(.branched), try step(.plain))
    var settings = MeasurementSettings()
    let duration = UInt64(max(0, arguments[BenchArguments.minimumTime].nanosecondsValue))
    settings.minimumTimeNanoseconds = duration
    settings.minimumIterations = duration < 500_000_000 ? 5 : 20
    settings.maximumTimeNanoseconds = max(60_000_000_000, 4 * duration)
    settings.warmUpMinimumNanoseconds = min(500_000_000, max(50_000_000, duration / 2))
    let result = try InterleavedDriver(
      settings: settings, progress: { _ in }, isInterrupted: { SignalTrap.isInterrupted }
    ).measure([
      MeasurementCandidate(name: "branched") { try branched.run() },
      MeasurementCandidate(name: "plain") { try plain.run() },
    ])
    let comparison = try result.comparison(baseline: 0, candidate: 1)
    return Row(
      model: name, batch: batch, size: edge, branched: branched, plain: plain,
      medians: (
        result.series[0].summary?.median ?? .nan, result.series[1].summary?.median ?? .nan
      ), timeRatio: comparison.ratioOfMedians)
  }

  private static func architecture(
    _ name: String, form: TrainingArchitecture.Form
  ) throws -> TrainingArchitecture {
    if name == "digits" { return .digits(form: form) }
    guard let architecture = Architecture.named(name) else {
      let known = Architecture.catalogue.filter(\.isOfRepVGGBlocks).map(\.name)
        .joined(separator: ", ")
      throw UsageError("there is no architecture '\(name)'; known are digits, \(known)")
    }
    return try TrainingArchitecture(architecture, form: form)
  }

  private static func text(
    _ rows: [Row], _ system: SystemDescription, threads: Int, _ format: ReportFormat
  ) -> String {
    func sides(_ row: Row) -> [(String, TrainingStep, Double)] {
      [
        ("branched", row.branched, row.medians.branched),
        ("plain+repopt", row.plain, row.medians.plain),
      ]
    }
    if format == .json {
      let document: JSONValue = [
        "schema_version": 1, "experiment": "training",
        "started_at": .string(BenchSystem.startedAt), "system": BenchSystem.json(system),
        "threads": .integer(threads),
        "rows": .array(
          rows.map { row in
            var object: JSONObject = [
              "model": .string(row.model), "batch": .integer(row.batch),
              "size": .integer(row.size), "branched_over_plain": .double(row.timeRatio.ratio),
              "branched_over_plain_lower": .double(row.timeRatio.lower),
              "branched_over_plain_upper": .double(row.timeRatio.upper),
              "plain_over_branched_activation_bytes": .double(row.memoryRatio),
            ]
            for (name, step, median) in sides(row) {
              object[name == "branched" ? "branched" : "plain"] = [
                "step_ns": .double(median),
                "images_per_second": .double(Double(row.batch) * 1e9 / median),
                "activation_bytes": .integer(step.network.activationByteCount),
                "workspace_bytes": .integer(step.network.workspaceByteCount),
                "state_bytes": .integer(step.network.stateByteCount),
                "gradient_bytes": .integer(step.network.gradientByteCount),
              ]
            }
            return .object(object)
          }),
      ]
      return JSONWriter().text(document) + "\n"
    }
    var table = TextTable(
      "model", "batch", "size", "network", "step ms", "images/s", "activations", "time ratio")
    for row in rows {
      for (name, step, median) in sides(row) {
        table.append([
          row.model, "\(row.batch)", "\(row.size)", name,
          TextFormat.fixed(median / 1e6, digits: 2),
          TextFormat.fixed(Double(row.batch) * 1e9 / median, digits: 0),
          TextFormat.bytes(step.network.activationByteCount),
          name == "branched" ? TextFormat.fixed(row.timeRatio.ratio, digits: 2) : "1",
        ])
      }
    }
    switch format {
    case .csv: return table.csv()
    case .md: return BenchSystem.markdownHeader(system) + "\n" + table.markdown()
    default: return BenchSystem.header(system) + "\n" + table.text()
    }
  }
}

/// A network with its optimizer and a batch that is in its input.
private final class TrainingStep {
  let network: TrainingNetwork<Float>
  private let optimizer: Optimizer<Float>
  private let labels: [Int32]

  init(
    _ architecture: TrainingArchitecture, batch: Int, size: Int, seed: UInt64, threadCount: Int
  ) throws {
    network = try TrainingNetwork(
      architecture, batchSize: batch, imageHeight: size, imageWidth: size, seed: seed,
      threadCount: threadCount)
    let settings = OptimizerSettings.sgd(SGDSettings())
    var reparameterization: GradientReparameterization?
    if architecture.form == .plain {
      let scales = RepOptimizerScales(startOf: architecture)
      try network.initialize(with: scales, seed: seed)
      reparameterization = GradientReparameterization(scales: scales, for: settings)
    }
    optimizer = try Optimizer(network, settings, reparameterization: reparameterization)
    // Values do not change what a step costs, as long as they are ordinary ones.
    labels = (0..<batch).map { Int32($0 % max(1, architecture.classCount)) }
    var random = SplitMix64(seed: seed)
    let input = network.training.input
    for index in 0..<input.count { input.base[index] = random.float() }
  }

  /// One training step; the rate is small enough that the same batch can be used again and again.
  func run() throws {
    let (loss, _) = try network.trainingPass(labels: labels, labelSmoothing: 0)
    guard loss.isFinite else {
      throw RepVGGError(.internalInconsistency, "the measured steps diverged")
    }
    optimizer.step(learningRate: 1e-4)
  }
}
