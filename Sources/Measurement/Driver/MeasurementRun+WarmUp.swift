extension MeasurementRun {
  /// Runs all candidates in rounds, a group of samples each, until the medians of three groups
  /// agree for every candidate and the minimum has passed, or until the maximum has.
  mutating func warmUp() throws {
    let limit = min(settings.warmUpMaximumNanoseconds, settings.maximumTimeNanoseconds / 2)
    let start = driver.clock.nowNanoseconds()
    while nanoseconds(since: start) < limit && !isSettled {
      for index in candidates.indices {
        guard let median = try warmUpGroup(index) else { return }
        warmUpMedians[index].append(median)
      }
      let spent = nanoseconds(since: start)
      report(.warmingUp, fraction: Double(spent) / Double(limit), sampleCount: 0)
      isSettled = spent >= min(settings.warmUpMinimumNanoseconds, limit) && hasSettled
    }
    warmUpNanoseconds = nanoseconds(since: start)
  }

  /// Whether each candidate's last three medians are within the tolerance of each other.
  private var hasSettled: Bool {
    warmUpMedians.allSatisfy { medians in
      let last = medians.suffix(3)
      guard last.count == 3, let least = last.min(), let most = last.max() else { return false }
      return most <= least * (1 + settings.settledTolerance)
    }
  }

  /// The median of five samples, or of fewer where they last 50 ms; nil when interrupted.
  private mutating func warmUpGroup(_ index: Int) throws -> Double? {
    var group: [Double] = []
    let start = driver.clock.nowNanoseconds()
    repeat {
      if shouldStop() { return nil }
      group.append(try takeSample(index))
    } while group.count < 5 && nanoseconds(since: start) < 50_000_000
    return Quantile.median(of: group)
  }
}
