import Glibc
import SeededNumbers

/// Two candidates timed in turn, sample i of one with sample i of the other.
package struct PairedComparison: Sendable, Hashable {
  /// How many pairs there are.
  package let pairCount: Int
  /// The ratio of the two medians; its interval resamples pairs.
  package let ratioOfMedians: RatioEstimate
  /// The Hodges-Lehmann estimate of log(baseline / candidate) over the pairs, as a ratio; its
  /// interval resamples pairs.
  ///
  /// What both members of a pair suffered together cancels.
  package let hodgesLehmannRatio: RatioEstimate
  /// The test of the log-ratios; its `rankBiserialCorrelation` is the effect size, positive where the
  /// candidate is faster.
  package let wilcoxon: WilcoxonSignedRank
  /// The share of pairs in which the candidate was faster, equal times counting half.
  package let fasterShare: Double

  /// Compares two lists of durations, in one unit, of which sample i belongs to sample i.
  ///
  /// The intervals are percentile bootstrap intervals, resampled from `bootstrap.seed` alone.
  ///
  /// - Throws: `MeasurementError` where the lists differ in length or are empty, a sample is not a
  ///   positive number, or the settings are out of range.
  package init(
    baseline: [Double], candidate: [Double], bootstrap: BootstrapSettings = BootstrapSettings()
  ) throws(MeasurementError) {
    try checkDurations(baseline, "baseline")
    try checkDurations(candidate, "candidate")
    guard baseline.count == candidate.count else {
      throw MeasurementError(
        "the baseline has \(baseline.count) samples and the candidate \(candidate.count)")
    }
    let count = baseline.count
    let resampleCount = try bootstrap.effectiveResampleCount(for: count)
    let logRatios = zip(baseline, candidate).map { log($0) - log($1) }
    let baselineSorted = SortedSample(baseline)
    let candidateSorted = SortedSample(candidate)
    let ratiosSorted = SortedSample(logRatios)

    var generator = SplitMix64(seed: bootstrap.seed)
    var occurrences = [Int](repeating: 0, count: count)
    var resample: [Double] = []
    resample.reserveCapacity(count)
    var medianLogs: [Double] = []
    var shiftLogs: [Double] = []
    for _ in 0..<resampleCount {
      generator.drawOccurrences(into: &occurrences)
      let upper = baselineSorted.median(occurrences: occurrences)
      let lower = candidateSorted.median(occurrences: occurrences)
      medianLogs.append(log(upper) - log(lower))
      ratiosSorted.expand(occurrences: occurrences, into: &resample)
      shiftLogs.append(HodgesLehmann.estimate(ofSorted: resample) ?? 0)
    }

    guard let medianInterval = bootstrap.interval(ofLogarithms: medianLogs),
      let shiftInterval = bootstrap.interval(ofLogarithms: shiftLogs),
      let baselineMedian = Quantile.median(ofSorted: baselineSorted.values),
      let candidateMedian = Quantile.median(ofSorted: candidateSorted.values),
      let shift = HodgesLehmann.estimate(ofSorted: ratiosSorted.values),
      let test = WilcoxonSignedRank(differences: logRatios)
    else { throw MeasurementError("the samples allow no comparison") }

    pairCount = count
    ratioOfMedians = RatioEstimate(
      ratio: baselineMedian / candidateMedian, lower: exp(medianInterval.lower),
      upper: exp(medianInterval.upper), confidence: bootstrap.confidence,
      resampleCount: resampleCount, method: "ratio_of_medians_paired")
    hodgesLehmannRatio = RatioEstimate(
      ratio: exp(shift), lower: exp(shiftInterval.lower), upper: exp(shiftInterval.upper),
      confidence: bootstrap.confidence, resampleCount: resampleCount,
      method: "hodges_lehmann_log_ratio_paired")
    wilcoxon = test
    let wins = logRatios.reduce(0.0) { $0 + ($1 > 0 ? 1 : $1 == 0 ? 0.5 : 0) }
    fasterShare = wins / Double(count)
  }
}
