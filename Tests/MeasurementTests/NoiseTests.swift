import Measurement
import TestSupport
import Testing

@Suite struct NoiseTests {
  private let quietLoad = "0.25 0.50 0.75 1/100 1234\n"

  private func gauge(_ tree: TemporaryFolder, _ clock: FakeClock) -> NoiseGauge {
    NoiseGauge(procFolder: tree.path, clock: clock, readSwitches: { 40 })
  }

  @Test func readsTotals() throws {
    let tree = try TemporaryFolder([
      "stat": "cpu  100 10 20 800 5 1 2 62 7 3\ncpu0 50 5 10 400 2 0 1 31 3 1\nintr 12\n",
      "pressure/cpu":
        "some avg10=1.00 avg60=0.21 avg300=0.14 total=3211160\n"
        + "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
      "loadavg": quietLoad,
    ])
    let reading = gauge(tree, FakeClock(77)).read()
    #expect(reading.timeNanoseconds == 77)
    #expect(reading.stealTicks == 62)
    // The guests' ticks are within those of user and nice.
    #expect(reading.totalTicks == 1000)
    #expect(reading.pressureMicroseconds == 3_211_160)
    #expect(reading.loadAverage == 0.25)
    #expect(reading.involuntarySwitches == 40)
  }

  @Test func missingAndMalformedFilesAreUnknown() throws {
    let nothing = gauge(try TemporaryFolder(), FakeClock(0)).read()
    #expect(
      nothing.stealTicks == nil && nothing.pressureMicroseconds == nil
        && nothing.loadAverage == nil)
    for text in [
      "", "cpu", "cpu \n", "cpu  1 2 3\n", "cpu a b c d e f g h\n", "\0\u{FFFD}",
      "cpu  -1 2 3 4 5 6 7 8\n", "cpu  18446744073709551615 1 0 0 0 0 0 0\n",
      "cpu  99999999999999999999999 1 0 0 0 0 0 0\n",
    ] {
      let tree = try TemporaryFolder([
        "stat": text, "pressure/cpu": "some avg10=x total=-3 " + text, "loadavg": "nan " + text,
      ])
      let reading = gauge(tree, FakeClock(0)).read()
      #expect(reading.stealTicks == nil && reading.totalTicks == nil, "\(text)")
      #expect(reading.pressureMicroseconds == nil, "\(text)")
      #expect(reading.loadAverage == nil, "\(text)")
    }
  }

  @Test func intervalsAreShares() {
    let start = NoiseReading(
      timeNanoseconds: 1_000_000_000, stealTicks: 10, totalTicks: 1000, pressureMicroseconds: 500,
      involuntarySwitches: 7, loadAverage: 1)
    let end = NoiseReading(
      timeNanoseconds: 1_500_000_000, stealTicks: 15, totalTicks: 1100,
      pressureMicroseconds: 100_500, involuntarySwitches: 57, loadAverage: 2)
    let interval = NoiseInterval(from: start, to: end)
    #expect(interval.durationNanoseconds == 500_000_000)
    #expect(interval.stealFraction == 0.05)
    #expect(interval.pressureFraction == 0.2)
    #expect(interval.involuntarySwitchesPerSecond == 100)
    #expect(interval.loadAverage == 2)
    #expect(
      interval.violations(of: NoiseLimits()) == ["tasks waited for a CPU 20 % of the time"])
    let strict = NoiseLimits(
      stealFraction: 0.01, pressureFraction: 0.01, involuntarySwitchesPerSecond: 1)
    #expect(interval.violations(of: strict).count == 3)
    #expect(interval.violations(of: .none).isEmpty)
  }

  @Test func totalsThatGoBackAreUnknown() {
    let start = NoiseReading(
      timeNanoseconds: 9, stealTicks: 10, totalTicks: 10, pressureMicroseconds: 10,
      involuntarySwitches: 10)
    let end = NoiseReading(
      timeNanoseconds: 5, stealTicks: 1, totalTicks: 1, pressureMicroseconds: 1,
      involuntarySwitches: 1)
    let interval = NoiseInterval(from: start, to: end)
    #expect(!interval.isKnown)
    #expect(interval.durationNanoseconds == 0)
    #expect(interval.violations(of: NoiseLimits()).isEmpty)
  }

  @Test func verdictsByShareOfBlocks() {
    func block(waiting microseconds: UInt64) -> NoiseInterval {
      NoiseInterval(
        from: NoiseReading(timeNanoseconds: 0, pressureMicroseconds: 0),
        to: NoiseReading(timeNanoseconds: 1_000_000_000, pressureMicroseconds: microseconds))
    }
    let limits = NoiseLimits()
    let quiet = block(waiting: 1000)
    let loud = block(waiting: 300_000)
    #expect(NoiseVerdict([quiet, quiet], limits: limits).text == "quiet")
    let one = NoiseVerdict([quiet, quiet, quiet, loud], limits: limits)
    #expect(one.state == .quiet && one.rejectedCount == 1 && one.blockCount == 4)
    let two = NoiseVerdict([quiet, quiet, loud], limits: limits)
    #expect(two.state == .noisy)
    #expect(
      two.text
        == "noisy: 1 of 3 blocks disturbed, such as one in which tasks waited for a CPU 30 % of the time"
    )
    #expect(NoiseVerdict([], limits: limits).state == .unknown)
    let blind = NoiseInterval(
      from: NoiseReading(timeNanoseconds: 0), to: NoiseReading(timeNanoseconds: 5))
    #expect(NoiseVerdict([blind], limits: limits).state == .unknown)
    let all = NoiseVerdict(combining: [one, two])
    #expect(all.state == .noisy && all.rejectedCount == 2 && all.blockCount == 7)
    #expect(NoiseVerdict(combining: []).state == .unknown)
  }

  @Test func theRealMachineAnswers() {
    let gauge = NoiseGauge()
    let interval = NoiseInterval(from: gauge.read(), to: gauge.read())
    #expect(interval.isKnown)
  }
}
