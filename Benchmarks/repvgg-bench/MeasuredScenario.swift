import Measurement
import RepVGG
import ToolSupport

/// The figures of one scenario.
struct MeasuredScenario {
  let modelName: String
  let scenario: Scenario
  let input: InputShape
  let counts: NetworkCounts
  let memory: Plan.Memory
  let loadNanoseconds: UInt64
  let buildTimes: Plan.BuildTimes
  let firstRunNanoseconds: UInt64
  let series: CandidateSeries
  let peakResidentBytes: Int
  let allocationsPerRun: Int?
  /// Batches in one sample: more than one with several streams.
  let batchesPerSample: Int
  /// Whether the plan has tuned choices.
  let isTuned: Bool

  init(
    _ prepared: PreparedScenario, series: CandidateSeries, peakResidentBytes: Int,
    allocationsPerRun: Int?
  ) {
    modelName = prepared.modelName
    scenario = prepared.scenario
    input = prepared.plan.input
    counts = prepared.counts
    memory = prepared.plan.memory
    loadNanoseconds = prepared.loadNanoseconds
    buildTimes = prepared.plan.buildTimes
    firstRunNanoseconds = prepared.firstRunNanoseconds
    batchesPerSample = prepared.batchesPerRun
    isTuned = prepared.plan.isTuned
    self.series = series
    self.peakResidentBytes = peakResidentBytes
    self.allocationsPerRun = allocationsPerRun
  }

  /// Nanoseconds of one run.
  var medianNanoseconds: Double { series.summary?.median ?? .nan }
  var imagesPerSecond: Double {
    Double(input.batch * batchesPerSample) * 1e9 / medianNanoseconds
  }
  /// Billions of direct multiplications and additions a second.
  var effectiveGigaflops: Double {
    2 * Double(counts.multiplyAccumulates) * imagesPerSecond / 1e9
  }
}

/// The forms of one combination, timed in turn.
struct MeasuredGroup {
  let scenarios: [MeasuredScenario]
  let result: MeasurementResult

  /// A form against a slower one, from the same rounds.
  struct Comparison {
    let baseline: MeasuredScenario
    let candidate: MeasuredScenario
    /// Baseline time / candidate time.
    let ratio: RatioEstimate
    /// Live activations, candidate / baseline.
    let activationPeakRatio: Double
  }

  /// Every later form against every earlier one.
  var comparisons: [Comparison] {
    var list: [Comparison] = []
    for first in scenarios.indices {
      for second in scenarios.indices where second > first {
        guard let pair = try? result.comparison(baseline: first, candidate: second) else {
          continue
        }
        list.append(
          Comparison(
            baseline: scenarios[first], candidate: scenarios[second], ratio: pair.ratioOfMedians,
            activationPeakRatio: Double(scenarios[second].memory.activationPeakByteCount)
              / Double(max(1, scenarios[first].memory.activationPeakByteCount))))
      }
    }
    return list
  }
}
