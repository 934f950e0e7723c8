import CommandLineKit
import RepVGG

/// `repvgg-bench run`: the forms of a network against each other.
enum RunExperiment {
  static let command = Command(
    "run", summary: "Time and memory of the branched, the folded and the plain form",
    discussion: """
      Lists sweep: every combination of model, batch, thread count and size is measured. The forms \
      of one combination are timed in turn, so that what disturbs one disturbs all. Peak memory \
      comes from a process that holds one form alone.
      """,
    arguments: BenchArguments.scenario + [BenchArguments.minimumTime, BenchArguments.format],
    constraints: [BenchArguments.oneSource],
    examples: [
      Command.Example("repvgg-bench run --model B1 --batch 1-8*2", "a sweep over batches")
    ]
  ) { arguments in
    var report = RunReport(system: BenchSystem.description(), arguments: arguments)
    let sources = try NetworkSource.all(arguments)
    let combinations =
      sources.count * max(1, arguments[BenchArguments.sizes].count)
      * arguments[BenchArguments.batches].count * arguments[BenchArguments.threads].count
      * arguments[BenchArguments.streams].count
    let progress = ProgressReporter.measurements(combinations, arguments)
    defer { progress.finish() }
    sweep: for source in sources {
      let network = try source.network()
      let forms = try measurableForms(arguments, network)
      let edge = network.architecture.inputSize
      let sizes = arguments[BenchArguments.sizes]
      for size in sizes.isEmpty ? [PixelSize(height: edge, width: edge)] : sizes {
        for batch in arguments[BenchArguments.batches] {
          for threads in arguments[BenchArguments.threads] {
            for streams in arguments[BenchArguments.streams] {
              let scenarios = forms.map {
                Scenario(
                  source: source, form: $0, batch: batch, threadCount: threads, size: size,
                  policy: arguments[BenchArguments.policy],
                  algorithm: arguments[BenchArguments.algorithm],
                  pinning: arguments[BenchArguments.pin], streamCount: streams)
              }
              report.groups.append(
                try ScenarioMeasurement(arguments, progress).measure(scenarios))
              progress.advance()
              if SignalTrap.isInterrupted { break sweep }
            }
            guard let group = try measure(scenarios, arguments: arguments, progress: progress)
            else { break sweep }
            report.groups.append(group)
            progress.advance()
          }
        }
      }
    }
    progress.finish()
    try StandardOutput.write(report.text(arguments[BenchArguments.format]))
    return SignalTrap.isInterrupted ? .interrupted : .success
  }

  /// A deployed file has its plain form only, unless branches were asked for by name.
  private static func measurableForms(
    _ arguments: Arguments, _ network: Network
  ) throws -> [Form] {
    let forms = arguments[BenchArguments.forms]
    guard network.state == .plain, !arguments.isGiven(BenchArguments.forms) else { return forms }
    return [.plain]
  }

  /// Measures the forms of one combination in turn; nil where that was interrupted before every
  /// form had a sample.
  private static func measure(
    _ scenarios: [Scenario], arguments: Arguments, progress: ProgressReporter
  ) throws -> MeasuredGroup? {
    // Memory first, while this process is still small and the machine idle.
    var peaks: [Int] = []
    for scenario in scenarios {
      guard let peak = try MemoryChild.peakResidentBytes(scenario) else { return nil }
      peaks.append(peak)
    }
    var prepared: [PreparedScenario] = []
    for scenario in scenarios where !SignalTrap.isInterrupted {
      prepared.append(try PreparedScenario(scenario))
    }
    guard !SignalTrap.isInterrupted else { return nil }
    var settings = MeasurementSettings()
    let duration = UInt64(max(0, arguments[BenchArguments.minimumTime].nanosecondsValue))
    settings.minimumTimeNanoseconds = duration
    settings.minimumIterations = duration < 500_000_000 ? 5 : 20
    settings.maximumTimeNanoseconds = max(60_000_000_000, 4 * duration)
    settings.warmUpMinimumNanoseconds = min(500_000_000, max(50_000_000, duration / 2))
    // A machine that never settles must not be warmed up for longer than it is measured.
    settings.warmUpMaximumNanoseconds = min(10_000_000_000, max(500_000_000, duration))
    let driver = InterleavedDriver(
      settings: settings, progress: { progress.show($0) },
      isInterrupted: { SignalTrap.isInterrupted })
    let result = try driver.measure(
      prepared.map { scenario in
        MeasurementCandidate(name: scenario.scenario.form.rawValue) { try scenario.run() }
      })
    guard result.series.allSatisfy({ $0.summary != nil }) else { return nil }
    let allocations = try prepared.map { try allocationsPerRun($0) }
    return MeasuredGroup(
      scenarios: prepared.indices.map {
        MeasuredScenario(
          prepared[$0], series: result.series[$0], peakResidentBytes: peaks[$0],
          allocationsPerRun: allocations[$0])
      }, result: result)
  }

  /// Allocations and mappings of one run, in all threads and libraries; nil where the probe does
  /// not count.
  private static func allocationsPerRun(_ prepared: PreparedScenario) throws -> Int? {
    guard rvgk_probe_is_active() else { return nil }
    let runs = 3
    guard rvgk_probe_begin() else { return nil }
    for _ in 0..<runs { try prepared.run() }
    let counts = rvgk_probe_end()
    return (Int(counts.allocation_count + counts.mapping_count) + runs - 1) / runs
  }
}
