import Measurement
import Testing

@Suite struct InterleavedDriverTests {
  private let clock = FakeClock(1000)

  /// Settings without warm-up and priming, so that every run of the work is a sample.
  private var plain: MeasurementSettings {
    var settings = MeasurementSettings()
    settings.minimumTimeNanoseconds = 0
    settings.minimumIterations = 4
    settings.warmUpMaximumNanoseconds = 0
    settings.primingIterations = 0
    return settings
  }

  private func candidate(_ name: String, _ duration: UInt64) -> MeasurementCandidate {
    MeasurementCandidate(name: name) { clock.time += duration }
  }

  private func driver(
    _ settings: MeasurementSettings, noise: (() -> NoiseReading)? = nil,
    progress: @escaping (MeasurementProgress) -> Void = { _ in },
    isInterrupted: @escaping () -> Bool = { false }
  ) -> InterleavedDriver {
    InterleavedDriver(
      settings: settings, clock: clock, readNoise: noise, progress: progress,
      isInterrupted: isInterrupted)
  }

  @Test func alternatesForwardAndBackward() throws {
    let result = try driver(plain).measure([
      candidate("a", 100), candidate("b", 200), candidate("c", 300),
    ])
    // a b c c b a, then b c a a c b.
    #expect(result.series[0].orderIndex == [0, 5, 8, 9])
    #expect(result.series[1].orderIndex == [1, 4, 6, 11])
    #expect(result.series[2].orderIndex == [2, 3, 7, 10])
    #expect(
      result.series.map(\.samplesNanoseconds) == [
        [100, 100, 100, 100], [200, 200, 200, 200], [300, 300, 300, 300],
      ])
    #expect(result.reachedMinimum && !result.isInterrupted && !result.isSettled)
    let comparison = try result.comparison(baseline: 1, candidate: 0)
    #expect(abs(comparison.ratioOfMedians.ratio - 2) < 1e-12)
    #expect(throws: MeasurementError.self) { try result.comparison(baseline: 3, candidate: 0) }
  }

  @Test func randomOrderFollowsTheSeed() throws {
    func order(_ seed: UInt64) throws -> [[Int]] {
      var settings = plain
      settings.order = .random
      settings.minimumIterations = 40
      settings.seed = seed
      let result = try driver(settings).measure([candidate("a", 100), candidate("b", 100)])
      #expect(result.series.allSatisfy { $0.samplesNanoseconds.count == 40 })
      // Each round holds one turn of each.
      for (a, b) in zip(result.series[0].orderIndex, result.series[1].orderIndex) {
        #expect(a / 2 == b / 2 && a != b)
      }
      return result.series.map(\.orderIndex)
    }
    let first = try order(1)
    #expect(try first == order(1))
    #expect(try first != order(2))
    let leads = zip(first[0], first[1]).filter { $0 < $1 }.count
    #expect(leads > 8 && leads < 32)
  }

  @Test func minimumTimeHoldsForEachCandidate() throws {
    var settings = plain
    settings.minimumTimeNanoseconds = 10_000
    let result = try driver(settings).measure([candidate("slow", 5000), candidate("fast", 100)])
    // 100 samples of 100 ns, although 2 of 5000 ns would do.
    #expect(result.series.map(\.samplesNanoseconds.count) == [100, 100])
    #expect(result.reachedMinimum)
  }

  @Test func maximumTimeEndsIt() throws {
    var settings = plain
    settings.minimumIterations = 1000
    settings.maximumTimeNanoseconds = 1000
    let result = try driver(settings).measure([candidate("a", 100), candidate("b", 100)])
    #expect(!result.reachedMinimum)
    #expect(result.elapsedNanoseconds >= 1000 && result.elapsedNanoseconds <= 1400)
    #expect(result.warnings.contains { $0.contains("minimum") })
    // One round is measured whatever the limit.
    settings.maximumTimeNanoseconds = 0
    let short = try driver(settings).measure([candidate("a", 100), candidate("b", 100)])
    #expect(short.series.map(\.samplesNanoseconds.count) == [2, 2])
  }

  @Test func batchesOutlastTheClocksResolution() throws {
    let coarse = FakeClock(0, resolution: 100)
    var runs = 0
    let work = MeasurementCandidate(name: "tiny") {
      runs += 1
      coarse.time += 30
    }
    let result = try InterleavedDriver(settings: plain, clock: coarse, readNoise: nil)
      .measure([work])
    let series = result.series[0]
    #expect(series.batchSize * 30 >= 1000)
    #expect(series.batchSize * 30 < 4000)
    #expect(series.samplesNanoseconds.allSatisfy { $0 == 30 })
    #expect(runs > series.batchSize * 4)

    var settings = plain
    settings.minimumSampleNanoseconds = 50_000
    let long = try InterleavedDriver(settings: settings, clock: coarse, readNoise: nil)
      .measure([work])
    #expect(long.series[0].batchSize * 30 >= 50_000)
  }

  @Test func tinyWorkGivesBoundedSampleCounts() throws {
    var settings = plain
    settings.minimumTimeNanoseconds = 10_000_000
    let result = try driver(settings).measure([candidate("a", 20)])
    #expect(result.series[0].samplesNanoseconds.count <= 10_000)
    #expect(result.series[0].samplesNanoseconds.allSatisfy { $0 == 20 })
  }

  @Test func preparationAndPrimingAreNotTimed() throws {
    var settings = plain
    settings.primingIterations = 2
    var isCold = false
    let work = MeasurementCandidate(name: "primed") {
      clock.time += 7777
      isCold = true
    } body: {
      clock.time += isCold ? 900 : 100
      isCold = false
    }
    let result = try driver(settings).measure([work])
    #expect(result.series[0].samplesNanoseconds == [100, 100, 100, 100])
  }

  @Test func warmUpLastsUntilTimesSettle() throws {
    var settings = plain
    settings.warmUpMinimumNanoseconds = 0
    settings.warmUpMaximumNanoseconds = 1_000_000_000
    var runs = 0
    let falling = MeasurementCandidate(name: "falling") {
      runs += 1
      // From 4000 ns down to 1000 ns, reached at run 300.
      clock.time += runs < 300 ? 4000 - UInt64(runs) * 10 : 1000
    }
    let result = try driver(settings).measure([falling, candidate("steady", 50)])
    #expect(result.isSettled)
    let medians = result.series[0].warmUpMediansNanoseconds
    // Groups of five fall by 50 ns, two groups by 100 ns: within 2 % only at the end.
    #expect(medians.count >= 50)
    let last = try #require(medians.last)
    #expect(last <= 1020)
    #expect(result.series[1].warmUpMediansNanoseconds.count == medians.count)
    #expect(result.series[0].samplesNanoseconds.allSatisfy { $0 <= 1020 })
  }

  @Test func warmUpGivesUpOnRestlessTimes() throws {
    var settings = plain
    settings.warmUpMinimumNanoseconds = 0
    settings.warmUpMaximumNanoseconds = 100_000
    var runs = 0
    let restless = MeasurementCandidate(name: "restless") {
      runs += 1
      clock.time += runs / 5 % 2 == 0 ? 1000 : 1500
    }
    let result = try driver(settings).measure([restless])
    #expect(!result.isSettled)
    #expect(result.warmUpNanoseconds >= 100_000 && result.warmUpNanoseconds < 110_000)
    #expect(result.warnings.contains { $0.contains("settled") })
  }

  @Test func disturbedBlocksAreMeasuredAgain() throws {
    var settings = plain
    settings.minimumIterations = 30
    settings.blockNanoseconds = 2000
    var readings = 0
    // The second of the blocks: between the third and the fourth reading.
    let noise = {
      readings += 1
      return NoiseReading(
        timeNanoseconds: clock.time, stealTicks: readings > 3 ? 50 : 0,
        totalTicks: UInt64(readings) * 100)
    }
    let work = MeasurementCandidate(name: "a") {
      clock.time += readings == 3 ? 700 : 100
    }
    let result = try driver(settings, noise: noise).measure([work, candidate("b", 100)])
    #expect(result.blocks.map(\.isAccepted).filter { !$0 }.count == 1)
    #expect(result.blocks[1].isAccepted == false)
    #expect(result.blocks[1].noise?.stealFraction == 0.5)
    #expect(result.series[0].samplesNanoseconds == [Double](repeating: 100, count: 30))
    #expect(result.series[1].samplesNanoseconds.count == 30)
    #expect(result.reachedMinimum && !result.usesRejectedBlocks)
    // One of four: no more than a quarter.
    #expect(result.noise.rejectedCount == 1)
  }

  @Test func aNoisyMachineIsMeasuredTwiceOverAndSaysSo() throws {
    var settings = plain
    settings.blockNanoseconds = 100
    var ticks: UInt64 = 0
    let noise = {
      ticks += 100
      return NoiseReading(timeNanoseconds: clock.time, stealTicks: ticks / 2, totalTicks: ticks)
    }
    let result = try driver(settings, noise: noise).measure([
      candidate("a", 100), candidate("b", 100),
    ])
    #expect(result.series.map(\.samplesNanoseconds.count) == [8, 8])
    #expect(result.usesRejectedBlocks && !result.reachedMinimum)
    #expect(result.noise.state == .noisy)
    #expect(result.warnings.count >= 3)
  }

  @Test func interruptionKeepsCompleteRounds() throws {
    var turns = 0
    let counted = MeasurementCandidate(name: "a") {
      turns += 1
      clock.time += 100
    }
    var settings = plain
    settings.minimumIterations = 100
    // A run each for calibration, then rounds of four turns, two of them a's: the third round ends
    // after its first turn.
    let result = try driver(settings, isInterrupted: { turns >= 7 }).measure([
      counted, candidate("b", 100),
    ])
    #expect(result.isInterrupted)
    #expect(result.series.map(\.samplesNanoseconds.count) == [4, 4])
    let atOnce = try driver(settings, isInterrupted: { true }).measure([counted])
    #expect(atOnce.isInterrupted && atOnce.series[0].summary == nil)
    #expect(throws: MeasurementError.self) { try atOnce.comparison(baseline: 0, candidate: 0) }
  }

  @Test func progressRunsThroughThePhases() throws {
    var settings = plain
    settings.warmUpMinimumNanoseconds = 1000
    settings.warmUpMaximumNanoseconds = 100_000
    var seen: [MeasurementProgress] = []
    _ = try driver(settings, progress: { seen.append($0) }).measure([candidate("a", 100)])
    #expect(Set(seen.map(\.phase)) == [.calibrating, .warmingUp, .measuring])
    #expect(seen.allSatisfy { $0.fraction >= 0 && $0.fraction <= 1 })
    #expect(seen.last?.phase == .measuring && seen.last?.fraction == 1)
    #expect(seen.last?.sampleCount == 4)
  }

  @Test func errorsOfTheWorkComeThrough() {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try driver(plain).measure([MeasurementCandidate(name: "bad") { throw Failure() }])
    }
    #expect(throws: MeasurementError.self) { try driver(plain).measure([]) }
  }

  @Test func theRealClockMoves() {
    let clock = MonotonicClock()
    #expect(clock.resolutionNanoseconds >= 1 && clock.resolutionNanoseconds < 1_000_000)
    let before = clock.nowNanoseconds()
    var after = clock.nowNanoseconds()
    while after == before { after = clock.nowNanoseconds() }
    #expect(after > before)
  }
}
