/// A ratio of two times with a confidence interval.
///
/// It is the baseline's time over the candidate's: above 1 the candidate is faster.
package struct RatioEstimate: Sendable, Hashable {
  /// The estimate.
  package let ratio: Double
  /// The lower bound of the interval.
  package let lower: Double
  /// The upper bound of the interval.
  package let upper: Double
  /// The confidence of the interval, such as 0.95.
  package let confidence: Double
  /// How many resamples the interval rests on.
  package let resampleCount: Int
  /// How it was made, for reports: `ratio_of_medians` or `hodges_lehmann_log_ratio`, then `_paired`
  /// or `_independent`.
  package let method: String

  /// An estimate from its parts.
  package init(
    ratio: Double, lower: Double, upper: Double, confidence: Double = 0.95,
    resampleCount: Int = 0, method: String = ""
  ) {
    self.ratio = ratio
    self.lower = lower
    self.upper = upper
    self.confidence = confidence
    self.resampleCount = resampleCount
    self.method = method
  }

  /// The candidate's time over the baseline's, with the bounds in order.
  package var slowdown: (ratio: Double, lower: Double, upper: Double) {
    (1 / ratio, 1 / upper, 1 / lower)
  }
}

/// How an interval is resampled.
package struct BootstrapSettings: Sendable, Hashable {
  /// The confidence of the interval, strictly between 0 and 1.
  package var confidence: Double
  /// How many resamples are drawn, at least 100; fewer for very long samples, so that the work stays
  /// bounded (about a million values a statistic, never below 200 resamples).
  package var resampleCount: Int
  /// The seed: the same samples and settings give the same interval.
  package var seed: UInt64

  /// Settings; the defaults give 95 % intervals.
  package init(confidence: Double = 0.95, resampleCount: Int = 2000, seed: UInt64 = 1) {
    self.confidence = confidence
    self.resampleCount = resampleCount
    self.seed = seed
  }

  /// Checks the settings and says how many resamples to draw for a sample of `count` values.
  func effectiveResampleCount(for count: Int) throws(MeasurementError) -> Int {
    guard confidence > 0, confidence < 1 else {
      throw MeasurementError("confidence \(confidence) is not between 0 and 1")
    }
    guard resampleCount >= 100 else {
      throw MeasurementError("\(resampleCount) resamples are fewer than 100")
    }
    return min(resampleCount, max(200, (1 << 20) / max(1, count)))
  }

  /// The percentile interval of resampled logarithms, as a ratio's bounds.
  func interval(ofLogarithms values: [Double]) -> (lower: Double, upper: Double)? {
    let sorted = values.sorted()
    let tail = (1 - confidence) / 2
    guard let lower = Quantile.value(at: tail, ofSorted: sorted),
      let upper = Quantile.value(at: 1 - tail, ofSorted: sorted)
    else { return nil }
    return (lower, upper)
  }
}
