/// Order statistics of sorted values.
package enum Quantile {
  /// The quantile by linear interpolation between the two nearest order statistics.
  ///
  /// With n values it stands at position (n - 1) * `fraction`, counted from 0: type 7 of Hyndman and
  /// Fan (1996), NumPy's default.
  ///
  /// - Parameters:
  ///   - fraction: from 0 to 1; taken as the nearer end outside.
  ///   - sorted: the values, ascending.
  /// - Returns: the quantile, or nil without values.
  package static func value(at fraction: Double, ofSorted sorted: [Double]) -> Double? {
    guard let last = sorted.last else { return nil }
    guard fraction > 0 else { return sorted[0] }
    guard fraction < 1 else { return last }
    let position = Double(sorted.count - 1) * fraction
    let lower = Int(position.rounded(.down))
    let weight = position - Double(lower)
    guard lower + 1 < sorted.count, weight > 0 else { return sorted[lower] }
    return sorted[lower] + weight * (sorted[lower + 1] - sorted[lower])
  }

  /// The middle value, or the mean of the two middle ones; nil without values.
  package static func median(ofSorted sorted: [Double]) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let upper = sorted.count / 2
    if sorted.count % 2 == 1 { return sorted[upper] }
    return sorted[upper - 1] + (sorted[upper] - sorted[upper - 1]) / 2
  }

  /// The middle value of values in any order; nil without values.
  package static func median(of values: [Double]) -> Double? {
    median(ofSorted: values.sorted())
  }
}
