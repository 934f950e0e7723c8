import CommandLineKit
import RepVGG
import ToolSupport

/// `repvgg-bench run`: the forms of a network against each other.
enum RunExperiment {
  static let command = Command(
    "run", summary: "Time and memory of the branched, the folded and the plain form",
    discussion: """
      Lists sweep: every combination of model, batch, thread count and size is measured. The forms \
      of one combination are timed in turn, so a disturbance affects all of them. Peak memory is \
      that of a process that holds only one form.
      """,
    arguments: BenchArguments.scenario + [BenchArguments.minimumTime, BenchArguments.format],
    constraints: [BenchArguments.oneSource],
    examples: [
      Command.Example("repvgg-bench run --model B1 --batch 1-8*2", "a sweep over batches")
    ]
  ) { arguments in
    var report = RunReport(system: BenchSystem.description(), arguments: arguments)
    let sources = try NetworkSource.all(arguments)
    let tuning = Tuning(arguments)
    let combinations =
      sources.count * max(1, arguments[BenchArguments.sizes].count)
      * arguments[BenchArguments.batches].count * arguments[BenchArguments.threads].count
      * arguments[BenchArguments.streams].count
    let progress = ProgressReporter.measurements(combinations, arguments)
    defer { progress.finish() }
    sweep: for source in sources {
      let network = try source.network()
      let forms = try measurableForms(arguments, network)
      let edge = network.origin.inputSize
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
                  pinning: arguments[BenchArguments.pin], streamCount: streams, tuning: tuning)
              }
              guard
                let group = try ScenarioMeasurement(arguments, progress).measure(scenarios)
              else { break sweep }
              report.groups.append(group)
              progress.advance()
            }
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
    guard network.isMerged, !arguments.isGiven(BenchArguments.forms) else { return forms }
    return [.plain]
  }
}
