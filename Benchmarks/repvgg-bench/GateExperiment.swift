import CommandLineKit
import Measurement
import RepVGG
import ToolSupport

/// `repvgg-bench gate --baseline FILE`: this build against a recorded run.
enum GateExperiment {
  private static let baseline = Option(
    required: "baseline", .inputFile("json"), help: "The baseline, from 'run --format json'.")

  static let command = Command(
    "gate", summary: "Measure a recorded run's scenarios again and fail on a regression",
    discussion: """
      Measures every scenario of the baseline again, with seeded weights, and judges it as compare \
      does. Scenarios with tuned plans are measured with tuned plans. A regression counts only if \
      a second measurement confirms it. On a noisy machine only a pass counts, and another CPU \
      decides nothing.
      """,
    arguments: [
      baseline, ComparedScenarios.tolerance, BenchArguments.seed, BenchArguments.pin,
      Tuning.option, BenchArguments.minimumTime, BenchArguments.format,
    ], verdicts: [.mismatch, .undecided]
  ) { arguments in
    let recorded = try RecordedRun(contentsOf: arguments[baseline])
    let tuning = Tuning(arguments)
    let rule = VerdictRule(tolerance: arguments[ComparedScenarios.tolerance])
    var compared = ComparedScenarios(title: "\(recorded.file) against this build")
    let progress = ProgressReporter.measurements(recorded.scenarios.count, arguments)
    defer { progress.finish() }
    for base in recorded.scenarios where !SignalTrap.isInterrupted {
      let prepared = try PreparedScenario(
        try scenario(
          base, recorded.file, tuning: base.isTuned ? tuning : .none, arguments: arguments))
      func measure() throws -> ([Double], IndependentComparison, Judgement) {
        let result = try ScenarioMeasurement(arguments, progress).times([prepared])
        let samples = result.series.first?.samplesNanoseconds ?? []
        let comparison = try IndependentComparison(
          baseline: base.samplesNanoseconds, candidate: samples)
        let ratio = comparison.ratioOfMedians
        var judgement = rule.judge(ratio, sampleCount: comparison.smallerCount)
        // Noise only slows: what passes in spite of it has passed, the rest is undecided.
        if judgement.gate != .passed {
          judgement = rule.judge(
            ratio, sampleCount: comparison.smallerCount, noise: result.noise)
        }
        return (samples, comparison, judgement)
      }
      var (samples, comparison, judgement) = try measure()
      if judgement.gate == .regressed {
        let again = try measure()
        judgement = judgement.confirmed(by: again.2)
        (samples, comparison) = (again.0, again.1)
      }
      compared.append(base.key, old: base.samplesNanoseconds, new: samples, comparison, judgement)
      if judgement.gate == .undecided { compared.note("\(base.key): \(judgement.reason).") }
      progress.advance()
    }
    progress.finish()
    let cpu = BenchSystem.description()["cpu"]?.description
    if let recordedCPU = recorded.cpu, let cpu, recordedCPU != cpu {
      compared.leaveUndecided("The baseline is of another CPU: \(recordedCPU), not \(cpu).")
    }
    let code = try compared.finish("gate", arguments)
    return SignalTrap.isInterrupted ? .interrupted : code
  }

  /// The recorded scenario, to be measured again.
  private static func scenario(
    _ recorded: RecordedScenario, _ file: String, tuning: Tuning, arguments: Arguments
  ) throws(RepVGGError) -> Scenario {
    let key = recorded.key
    let prefix = "RepVGG-"
    let short = key.model.hasPrefix(prefix) ? String(key.model.dropFirst(prefix.count)) : key.model
    guard let architecture = Architecture.named(key.model) ?? Architecture.named(short),
      let form = Form(rawValue: key.form),
      let policy = key.policy.isEmpty ? .fast : Policy(rawValue: key.policy),
      let algorithm = Algorithm(rawValue: recorded.algorithm), (1...1024).contains(key.threads),
      (1...256).contains(key.streams), key.input[0] == key.batch, key.input[1] == 3
    else {
      throw RepVGGError(.badData, "scenario '\(key)' cannot be measured here", file: file)
    }
    // Checks the ranges.
    _ = try InputShape(batch: key.batch, height: key.input[2], width: key.input[3])
    return Scenario(
      source: .seeded(architecture, seed: arguments[BenchArguments.seed]), form: form,
      batch: key.batch, threadCount: key.threads,
      size: PixelSize(height: key.input[2], width: key.input[3]), policy: policy,
      algorithm: algorithm, pinning: arguments[BenchArguments.pin], streamCount: key.streams,
      tuning: tuning)
  }
}
