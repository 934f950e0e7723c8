import CommandLineKit
import Measurement
import RepVGG
import ToolSupport

/// `repvgg-bench scaling`: what more threads, larger batches and more streams bring.
enum ScalingExperiment {
  private static let form = Option(
    "form", .oneOfCases("FORM"), default: Form.plain, help: "The form to measure.")
  private static let batches = Option(
    "batch", short: "b", .integerSweep(1...4096), default: [1, 8], help: "Images at once.")
  private static let threads = Option(
    "threads", short: "t", .integerSweep(1...1024), default: Self.upToAllCPUs,
    defaultText: "1 and its doubles up to all CPUs", help: "Threads of each stream.")
  private static let streams = Option(
    "streams", .integerSweep(1...256), default: Self.upToAllCPUs,
    defaultText: "1 and its doubles up to all CPUs",
    help: "Sessions that run at the same time, each in its own thread.")

  private static var upToAllCPUs: [Int] {
    let count = max(1, Pinning.allowedCPUs.count)
    var list = Array(sequence(first: 1) { $0 * 2 }.prefix { $0 < count })
    list.append(count)
    return list
  }

  static let command = Command(
    "scaling", summary: "Images per second by threads, batch and streams",
    discussion: """
      All combinations of one batch take turns. Speed-up is relative to the combination with the \
      fewest threads in total; efficiency is the speed-up per thread. Combinations with more \
      threads than CPUs are left out unless both lists are given.
      """,
    arguments: [
      BenchArguments.models, BenchArguments.weights, form, batches, threads, streams,
      BenchArguments.sizes, BenchArguments.seed, BenchArguments.policy, BenchArguments.algorithm,
      BenchArguments.pin, Tuning.option, BenchArguments.minimumTime, BenchArguments.format,
    ] + NetworkArguments.all
  ) { arguments in
    var report = ExperimentReport("scaling", arguments)
    let sources = try NetworkSource.all(arguments)
    let tuning = Tuning(arguments)
    let progress = ProgressReporter.measurements(
      sources.count * arguments[batches].count, arguments)
    defer { progress.finish() }
    for source in sources {
      let edge = try source.network().origin.inputSize
      let size = arguments[BenchArguments.sizes].first ?? PixelSize(height: edge, width: edge)
      for batch in arguments[batches] where !SignalTrap.isInterrupted {
        let scenarios = combinations(arguments).map { threads, streams in
          Scenario(
            source: source, form: arguments[form], batch: batch, threadCount: threads, size: size,
            policy: arguments[BenchArguments.policy],
            algorithm: arguments[BenchArguments.algorithm],
            pinning: arguments[BenchArguments.pin], streamCount: streams, tuning: tuning)
        }
        let prepared = try scenarios.map { try PreparedScenario($0) }
        let result = try ScenarioMeasurement(arguments, progress).times(prepared)
        report.sections.append(section(prepared, result))
        progress.advance()
      }
    }
    progress.finish()
    try report.write()
    return SignalTrap.isInterrupted ? .interrupted : .success
  }

  /// Threads and streams, those with the fewest threads in all first.
  private static func combinations(_ arguments: Arguments) -> [(threads: Int, streams: Int)] {
    let areBothGiven = arguments.isGiven(threads) && arguments.isGiven(streams)
    let limit = areBothGiven ? Int.max : max(1, Pinning.allowedCPUs.count)
    let all = arguments[threads].flatMap { threads in
      arguments[streams].map { (threads: threads, streams: $0) }
    }
    let fitting = all.filter { $0.threads * $0.streams <= limit }
    return (fitting.isEmpty ? all : fitting).sorted {
      ($0.threads * $0.streams, $0.streams) < ($1.threads * $1.streams, $1.streams)
    }
  }

  private static func section(
    _ prepared: [PreparedScenario], _ result: MeasurementResult
  ) -> ReportSection {
    let model = prepared.first?.modelName ?? ""
    let input = prepared.first?.plan.input.description ?? ""
    var section = ReportSection(
      "\(model) \(input)", title: "\(model), input \(input)",
      columns: [
        ReportColumn("model", "model"), ReportColumn("batch", "batch"),
        ReportColumn("threads", "threads"), ReportColumn("streams", "streams"),
        ReportColumn("latency_ns", "ms per batch", scale: 1e-6),
        ReportColumn("images_per_second", "images/s", digits: 1),
        ReportColumn("speedup", "speed-up"),
        ReportColumn("efficiency", "efficiency %", scale: 100, digits: 0),
        ReportColumn("tuned", "tuned", isForProgramsOnly: true),
      ])
    var base: (rate: Double, threads: Int)?
    for (item, series) in zip(prepared, result.series) {
      guard let median = series.summary?.median else { continue }
      let scenario = item.scenario
      let rate = Double(scenario.batch * item.batchesPerRun) * 1e9 / median
      let all = scenario.threadCount * scenario.streamCount
      let reference = base ?? (rate, all)
      base = reference
      let speedup = rate / reference.rate
      // A stream computes its runs of a turn one after the other.
      let runs = scenario.streamCount > 1 ? StreamGroup.runsPerTurn : 1
      section.rows.append([
        .string(item.modelName), .integer(scenario.batch), .integer(scenario.threadCount),
        .integer(scenario.streamCount), .double(median / Double(runs)), .double(rate),
        .double(speedup), .double(speedup * Double(reference.threads) / Double(all)),
        .bool(item.plan.isTuned),
      ])
    }
    section.noise = result.noise.state
    section.warnings = result.warnings
    section.notes = [result.noise.text]
    return section
  }
}
