import CommandLineKit
import Measurement
import RepVGG

/// `repvgg-bench compare OLD NEW`: two recorded runs against each other.
enum CompareExperiment {
  private static let old = Positional(
    "OLD", .inputFile("json"), help: "The baseline, from 'run --format json'.")
  private static let new = Positional(
    "NEW", .inputFile("json"), help: "The candidate, from 'run --format json'.")

  static let command = Command(
    "compare", summary: "Compare two recorded runs, scenario by scenario",
    discussion: """
      Scenarios match by model, form, input, batch, threads, policy and streams. The ratio of \
      medians has a bootstrap interval; a difference counts if the whole interval is beyond the \
      tolerance. After an improvement the exit code is 0.
      """,
    arguments: [old, new, ComparedScenarios.tolerance, BenchArguments.format],
    verdicts: [.mismatch, .undecided]
  ) { arguments in
    let before = try RecordedRun(contentsOf: arguments[old])
    let after = try RecordedRun(contentsOf: arguments[new])
    let rule = VerdictRule(tolerance: arguments[ComparedScenarios.tolerance])
    var compared = ComparedScenarios(title: "\(before.file) against \(after.file)")
    var pairCount = 0
    for scenario in after.scenarios {
      guard let base = before.scenarios.first(where: { $0.key == scenario.key }) else {
        compared.note("Only in \(after.file): \(scenario.key).")
        continue
      }
      let comparison: IndependentComparison
      do throws(MeasurementError) {
        comparison = try IndependentComparison(
          baseline: base.samplesNanoseconds, candidate: scenario.samplesNanoseconds)
      } catch { throw RepVGGError(.badData, "\(scenario.key): \(error)", file: after.file) }
      let judgement = rule.judge(comparison.ratioOfMedians, sampleCount: comparison.smallerCount)
      compared.append(
        scenario.key, old: base.samplesNanoseconds, new: scenario.samplesNanoseconds, comparison,
        judgement)
      if base.isNoisy || scenario.isNoisy {
        compared.note("The machine was noisy during \(scenario.key).")
      }
      pairCount += 1
    }
    for scenario in before.scenarios
    where !after.scenarios.contains(where: { $0.key == scenario.key }) {
      compared.note("Only in \(before.file): \(scenario.key).")
    }
    guard pairCount > 0 else {
      throw RepVGGError(.badData, "has no scenario of \(before.file)", file: after.file)
    }
    if let first = before.cpu, let second = after.cpu, first != second {
      compared.leaveUndecided("Times of different CPUs decide nothing: \(first) and \(second).")
    }
    return try compared.finish("compare", arguments)
  }
}
