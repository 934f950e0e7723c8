/// How much noise a stretch of time may have before what was measured in it is rejected.
package struct NoiseLimits: Sendable, Hashable {
  /// The largest share of CPU time that the host may take away.
  package var stealFraction: Double
  /// The largest share of the time during which some task may wait for a CPU.
  package var pressureFraction: Double
  /// How often a second the process may be taken off a CPU against its will.
  package var involuntarySwitchesPerSecond: Double

  /// Limits; the defaults let a quarter of a second on two CPUs lose two ticks of the kernel's clock.
  package init(
    stealFraction: Double = 0.05, pressureFraction: Double = 0.10,
    involuntarySwitchesPerSecond: Double = 100
  ) {
    self.stealFraction = stealFraction
    self.pressureFraction = pressureFraction
    self.involuntarySwitchesPerSecond = involuntarySwitchesPerSecond
  }

  /// Limits that nothing exceeds: for runs with more threads than CPUs, whose noise is their own.
  package static let none = NoiseLimits(
    stealFraction: .infinity, pressureFraction: .infinity, involuntarySwitchesPerSecond: .infinity)
}

/// The noise between two readings; nil where one of them lacks a value or a total went back.
package struct NoiseInterval: Sendable, Hashable {
  /// How long it lasted.
  package let durationNanoseconds: UInt64
  /// The share of CPU time that the host took away, from 0 to 1.
  package let stealFraction: Double?
  /// The share of the time during which some task waited for a CPU, from 0 to 1.
  package let pressureFraction: Double?
  /// Involuntary context switches of the process per second.
  package let involuntarySwitchesPerSecond: Double?
  /// The load average at the end.
  package let loadAverage: Double?

  /// The noise from one reading to a later one.
  package init(from start: NoiseReading, to end: NoiseReading) {
    let duration =
      end.timeNanoseconds >= start.timeNanoseconds
      ? end.timeNanoseconds - start.timeNanoseconds : 0
    durationNanoseconds = duration
    let seconds = Double(duration) / 1e9
    loadAverage = end.loadAverage
    if let steal = Self.growth(start.stealTicks, end.stealTicks),
      let total = Self.growth(start.totalTicks, end.totalTicks)
    {
      stealFraction = total == 0 ? 0 : min(1, Double(steal) / Double(total))
    } else {
      stealFraction = nil
    }
    if let pressure = Self.growth(start.pressureMicroseconds, end.pressureMicroseconds),
      duration > 0
    {
      pressureFraction = min(1, Double(pressure) / 1e6 / seconds)
    } else {
      pressureFraction = nil
    }
    if let before = start.involuntarySwitches, let after = end.involuntarySwitches,
      after >= before, duration > 0
    {
      involuntarySwitchesPerSecond = (Double(after) - Double(before)) / seconds
    } else {
      involuntarySwitchesPerSecond = nil
    }
  }

  /// Whether anything at all is known about it, apart from the load.
  package var isKnown: Bool {
    stealFraction != nil || pressureFraction != nil || involuntarySwitchesPerSecond != nil
  }

  /// What exceeds the limits, a clause each; empty where nothing does or nothing is known.
  package func violations(of limits: NoiseLimits) -> [String] {
    var reasons: [String] = []
    if let stealFraction, stealFraction > limits.stealFraction {
      reasons.append("the host took \(stealFraction.percentage) of the CPU time")
    }
    if let pressureFraction, pressureFraction > limits.pressureFraction {
      reasons.append("tasks waited for a CPU \(pressureFraction.percentage) of the time")
    }
    if let rate = involuntarySwitchesPerSecond, rate > limits.involuntarySwitchesPerSecond {
      let text = rate.fixed(digits: 0)
      reasons.append("the process was interrupted \(text) times per second")
    }
    return reasons
  }

  private static func growth(_ before: UInt64?, _ after: UInt64?) -> UInt64? {
    guard let before, let after, after >= before else { return nil }
    return after - before
  }
}
