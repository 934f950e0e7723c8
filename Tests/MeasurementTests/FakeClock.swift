import Measurement

/// A clock that moves only when told to.
final class FakeClock: NanosecondClock {
  var time: UInt64
  var resolutionNanoseconds: UInt64

  init(_ time: UInt64 = 0, resolution: UInt64 = 1) {
    self.time = time
    resolutionNanoseconds = resolution
  }

  func nowNanoseconds() -> UInt64 { time }
}
