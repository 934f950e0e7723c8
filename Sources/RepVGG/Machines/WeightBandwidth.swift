/// How fast weights stream in for a network that reads so many in every run: they come from the
/// third-level cache while they fit, then from memory.
package struct WeightBandwidth: Sendable, Hashable {
  /// What was measured with one size of packed weights.
  package struct Point: Sendable, Hashable {
    /// Millions of bytes of packed weights.
    let megabytes: Double
    /// Bytes per nanosecond to one core, and to all of them together.
    let core: Double
    let total: Double

    package init(megabytes: Double, core: Double, total: Double) {
      self.megabytes = megabytes
      self.core = core
      self.total = total
    }
  }

  /// By rising size of the weights; linear between, constant outside.
  private let points: [Point]

  /// A curve through one point or more, which are in the order of their sizes.
  package init(points: [Point]) {
    precondition(!points.isEmpty, "a bandwidth curve has a point")
    precondition(
      zip(points, points.dropFirst()).allSatisfy { $0.megabytes < $1.megabytes },
      "the points of a bandwidth curve are in the order of their sizes")
    self.points = points
  }

  /// Bytes per nanosecond to each of `readerCount` cores that read different weights.
  package func bytesPerNanosecond(weightByteCount: Int, readerCount: Int) -> Double {
    let megabytes = Double(weightByteCount) / 1e6
    func value(_ rate: KeyPath<Point, Double>) -> Double {
      guard megabytes > points[0].megabytes else { return points[0][keyPath: rate] }
      for (left, right) in zip(points, points.dropFirst()) where megabytes <= right.megabytes {
        let share = (megabytes - left.megabytes) / (right.megabytes - left.megabytes)
        return left[keyPath: rate] + share * (right[keyPath: rate] - left[keyPath: rate])
      }
      return points[points.count - 1][keyPath: rate]
    }
    return min(value(\.core), value(\.total) / Double(max(1, readerCount)))
  }
}
