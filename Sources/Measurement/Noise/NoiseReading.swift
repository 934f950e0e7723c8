import CPlatform

/// Running totals of what disturbs a measurement, at one moment; nil where the system does not say.
package struct NoiseReading: Sendable, Hashable {
  /// When it was read, on the gauge's clock.
  package var timeNanoseconds: UInt64
  /// Clock ticks that the host gave to others while a CPU here was ready to run (/proc/stat).
  package var stealTicks: UInt64?
  /// Clock ticks of all kinds, over all CPUs (/proc/stat).
  package var totalTicks: UInt64?
  /// Microseconds during which some task waited for a CPU (/proc/pressure/cpu).
  package var pressureMicroseconds: UInt64?
  /// How often the process was taken off a CPU against its will.
  package var involuntarySwitches: Int64?
  /// The load average of the last minute.
  package var loadAverage: Double?

  /// A reading from its parts.
  package init(
    timeNanoseconds: UInt64, stealTicks: UInt64? = nil, totalTicks: UInt64? = nil,
    pressureMicroseconds: UInt64? = nil, involuntarySwitches: Int64? = nil,
    loadAverage: Double? = nil
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.stealTicks = stealTicks
    self.totalTicks = totalTicks
    self.pressureMicroseconds = pressureMicroseconds
    self.involuntarySwitches = involuntarySwitches
    self.loadAverage = loadAverage
  }
}

/// Reads the noise of the machine.
package struct NoiseGauge {
  private let procFolder: String
  private let clock: any NanosecondClock
  private let readSwitches: () -> Int64?

  /// A gauge over a folder laid out as /proc.
  ///
  /// - Parameters:
  ///   - procFolder: the folder; a missing or malformed file leaves its values unknown.
  ///   - clock: the clock of the readings.
  ///   - readSwitches: the involuntary context switches so far; the process's own by default.
  package init(
    procFolder: String = "/proc", clock: any NanosecondClock = MonotonicClock(),
    readSwitches: @escaping () -> Int64? = {
      rvgk_read_resource_usage(RVGK_USAGE_PROCESS).involuntary_switches
    }
  ) {
    self.procFolder = procFolder
    self.clock = clock
    self.readSwitches = readSwitches
  }

  /// The totals at this moment.
  package func read() -> NoiseReading {
    var reading = NoiseReading(timeNanoseconds: clock.nowNanoseconds())
    if let text = TextFile.read(procFolder + "/stat"), let ticks = Self.parseTicks(text) {
      reading.stealTicks = ticks.steal
      reading.totalTicks = ticks.total
    }
    reading.pressureMicroseconds = TextFile.read(procFolder + "/pressure/cpu")
      .flatMap(Self.parsePressure)
    reading.loadAverage = TextFile.read(procFolder + "/loadavg").flatMap(Self.parseLoad)
    reading.involuntarySwitches = readSwitches()
    return reading
  }

  /// The line `cpu user nice system idle iowait irq softirq steal guest guest_nice`: user and nice
  /// include the guests, so the total is that of the first eight.
  private static func parseTicks(_ text: String) -> (steal: UInt64, total: UInt64)? {
    guard let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("cpu ") })
    else { return nil }
    let fields = line.split(separator: " ").dropFirst().prefix(8)
    let ticks = fields.compactMap { UInt64($0) }
    guard ticks.count == 8 else { return nil }
    var total: UInt64 = 0
    for tick in ticks {
      let (sum, overflows) = total.addingReportingOverflow(tick)
      guard !overflows else { return nil }
      total = sum
    }
    return (ticks[7], total)
  }

  /// The line `some avg10=0.00 avg60=0.00 avg300=0.00 total=123`.
  private static func parsePressure(_ text: String) -> UInt64? {
    guard let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("some ") })
    else { return nil }
    let field = line.split(separator: " ").first { $0.hasPrefix("total=") }
    return field.flatMap { UInt64($0.dropFirst("total=".count)) }
  }

  private static func parseLoad(_ text: String) -> Double? {
    guard let load = text.split(separator: " ").first.flatMap({ Double($0) }), load.isFinite,
      load >= 0
    else { return nil }
    return load
  }
}
