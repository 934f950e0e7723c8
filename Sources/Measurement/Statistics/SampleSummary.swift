/// What a list of samples says in a few numbers, in the samples' own unit.
package struct SampleSummary: Sendable, Hashable {
  /// How many samples there are, at least 1.
  package let count: Int
  /// The smallest sample.
  package let minimum: Double
  /// The middle sample, or the mean of the two middle ones.
  package let median: Double
  /// The sum divided by the count.
  package let mean: Double
  /// The square root of the sum of squared deviations from the mean over count - 1; 0 for one sample.
  package let standardDeviation: Double
  /// The median of the absolute deviations from the median, not scaled to a normal distribution.
  package let medianAbsoluteDeviation: Double
  /// The 75 % quantile less the 25 % quantile (see `Quantile.value`).
  package let interquartileRange: Double
  /// The standard deviation divided by the mean; 0 where the mean is 0.
  package let coefficientOfVariation: Double
  /// The 90 % quantile.
  package let p90: Double
  /// The 95 % quantile.
  package let p95: Double
  /// The 99 % quantile.
  package let p99: Double
  /// The largest sample.
  package let maximum: Double
  /// How many samples are further from the median than 14.8 median absolute deviations.
  ///
  /// That is ten standard deviations of a normal distribution: a sign of an event, not of spread.
  /// None where the deviation is 0.
  package let outlierCount: Int

  /// The summary of samples in any order; nil where there are none or one is not finite.
  package init?(_ samples: [Double]) {
    guard samples.allSatisfy(\.isFinite) else { return nil }
    let sorted = samples.sorted()
    guard let first = sorted.first, let last = sorted.last,
      let middle = Quantile.median(ofSorted: sorted),
      let deviation = Quantile.median(of: sorted.map { abs($0 - middle) }),
      let quarter = Quantile.value(at: 0.25, ofSorted: sorted),
      let threeQuarters = Quantile.value(at: 0.75, ofSorted: sorted),
      let p90 = Quantile.value(at: 0.90, ofSorted: sorted),
      let p95 = Quantile.value(at: 0.95, ofSorted: sorted),
      let p99 = Quantile.value(at: 0.99, ofSorted: sorted)
    else { return nil }
    count = sorted.count
    minimum = first
    maximum = last
    median = middle
    medianAbsoluteDeviation = deviation
    interquartileRange = threeQuarters - quarter
    self.p90 = p90
    self.p95 = p95
    self.p99 = p99
    // Deviations from the median are small, so their sum loses less than that of the samples.
    let shift = sorted.reduce(0) { $0 + ($1 - middle) } / Double(sorted.count)
    let mean = middle + shift
    self.mean = mean
    let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = sorted.count > 1 ? (squares / Double(sorted.count - 1)).squareRoot() : 0
    coefficientOfVariation = mean == 0 ? 0 : standardDeviation / abs(mean)
    outlierCount =
      deviation > 0 ? sorted.filter { abs($0 - middle) / deviation > 14.8 }.count : 0
  }

  /// The summary as named numbers, in the order and with the names of the reports:
  /// `n`, `min`, `median`, `mean`, `mad`, `iqr`, `cv`, `p90`, `p95`, `p99`, `max`.
  ///
  /// All but `n` and `cv` have the samples' unit.
  package var fields: [(name: String, value: Double)] {
    [
      ("n", Double(count)), ("min", minimum), ("median", median), ("mean", mean),
      ("mad", medianAbsoluteDeviation), ("iqr", interquartileRange),
      ("cv", coefficientOfVariation), ("p90", p90), ("p95", p95), ("p99", p99), ("max", maximum),
    ]
  }
}
