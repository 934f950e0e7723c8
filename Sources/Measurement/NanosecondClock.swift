import Glibc

/// A clock that never goes back, read in nanoseconds from an arbitrary origin.
package protocol NanosecondClock {
  /// The present time in nanoseconds.
  func nowNanoseconds() -> UInt64

  /// The smallest difference between two readings that means anything, in nanoseconds, at least 1.
  var resolutionNanoseconds: UInt64 { get }
}

/// The system's monotonic clock.
///
/// Its resolution is measured once, when a value is made: the smallest step between readings taken
/// one after the other, which includes what a reading costs.
package struct MonotonicClock: NanosecondClock, Sendable {
  package let resolutionNanoseconds: UInt64

  /// A clock with its resolution measured (a few microseconds).
  package init() {
    var smallest = UInt64.max
    for _ in 0..<64 {
      let before = Self.read()
      var after = Self.read()
      // A coarse clock stands still for a while; the bound keeps a broken one from hanging us.
      var attempts = 0
      while after <= before && attempts < 100_000 {
        after = Self.read()
        attempts += 1
      }
      if after > before { smallest = Swift.min(smallest, after - before) }
    }
    resolutionNanoseconds = smallest == .max ? 1_000_000 : smallest
  }

  package func nowNanoseconds() -> UInt64 { Self.read() }

  private static func read() -> UInt64 {
    var time = timespec()
    guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
    return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
      &+ UInt64(truncatingIfNeeded: time.tv_nsec)
  }
}
