import Glibc
import SeededNumbers

/// Two lists of durations from different runs, without pairs: what `compare OLD NEW` has.
package struct IndependentComparison: Sendable, Hashable {
  /// How many samples the baseline has.
  package let baselineCount: Int
  /// How many samples the candidate has.
  package let candidateCount: Int
  /// The ratio of the two medians; its interval resamples each list by itself.
  package let ratioOfMedians: RatioEstimate
  /// The test of baseline against candidate; its `cliffsDelta` is the effect size, positive where the
  /// candidate is faster.
  package let mannWhitney: MannWhitney

  /// The length of the shorter list: what a rule about enough samples looks at.
  package var smallerCount: Int { min(baselineCount, candidateCount) }

  /// Compares two lists of durations in one unit.
  ///
  /// - Throws: `MeasurementError` where a list is empty, a sample is not a positive number, or the
  ///   settings are out of range.
  package init(
    baseline: [Double], candidate: [Double], bootstrap: BootstrapSettings = BootstrapSettings()
  ) throws(MeasurementError) {
    try checkDurations(baseline, "baseline")
    try checkDurations(candidate, "candidate")
    let resampleCount = try bootstrap.effectiveResampleCount(
      for: max(baseline.count, candidate.count))
    let baselineSorted = SortedSample(baseline)
    let candidateSorted = SortedSample(candidate)
    var generator = SplitMix64(seed: bootstrap.seed)
    var baselineOccurrences = [Int](repeating: 0, count: baseline.count)
    var candidateOccurrences = [Int](repeating: 0, count: candidate.count)
    var logs: [Double] = []
    for _ in 0..<resampleCount {
      generator.drawOccurrences(into: &baselineOccurrences)
      generator.drawOccurrences(into: &candidateOccurrences)
      let upper = baselineSorted.median(occurrences: baselineOccurrences)
      let lower = candidateSorted.median(occurrences: candidateOccurrences)
      logs.append(log(upper) - log(lower))
    }
    guard let interval = bootstrap.interval(ofLogarithms: logs),
      let baselineMedian = Quantile.median(ofSorted: baselineSorted.values),
      let candidateMedian = Quantile.median(ofSorted: candidateSorted.values),
      let test = MannWhitney(baseline, candidate)
    else { throw MeasurementError("the samples allow no comparison") }
    baselineCount = baseline.count
    candidateCount = candidate.count
    ratioOfMedians = RatioEstimate(
      ratio: baselineMedian / candidateMedian, lower: exp(interval.lower),
      upper: exp(interval.upper), confidence: bootstrap.confidence, resampleCount: resampleCount,
      method: "ratio_of_medians_independent")
    mannWhitney = test
  }
}
