import SeededNumbers

/// The state of one measurement while it runs.
struct MeasurementRun {
  /// A block's samples before they are sorted into those that count and those that do not.
  struct Block {
    /// For each candidate, its samples as nanoseconds of one run.
    var samples: [[Double]]
    /// For each candidate, the place of each sample among all timed turns.
    var order: [[Int]]
    var tally: Tally
    var noise: NoiseInterval?
    var isAccepted = true

    init(candidateCount: Int) {
      samples = Array(repeating: [], count: candidateCount)
      order = samples.map { _ in [] }
      tally = Tally(candidateCount: candidateCount)
    }
  }

  /// How much has been measured, kept up with each round.
  struct Tally {
    /// Samples of each candidate; all have the same number.
    var sampleCount = 0
    /// For each candidate, the sum of its samples' durations in nanoseconds.
    var durations: [Double]

    init(candidateCount: Int) { durations = Array(repeating: 0, count: candidateCount) }

    static func + (left: Tally, right: Tally) -> Tally {
      var sum = left
      sum.sampleCount += right.sampleCount
      for index in sum.durations.indices { sum.durations[index] += right.durations[index] }
      return sum
    }
  }

  /// How many samples fill the minimum time at most: more would tell nothing new, and comparing
  /// them would take long.
  static let largestSampleCount: UInt64 = 10_000

  let driver: InterleavedDriver
  let candidates: [MeasurementCandidate]
  let startNanoseconds: UInt64
  var batchSizes: [Int]
  var warmUpMedians: [[Double]]
  var warmUpNanoseconds: UInt64 = 0
  var isSettled = false
  var isInterrupted = false
  var blocks: [Block] = []
  /// What the accepted blocks hold, and what all do.
  var acceptedTally: Tally
  var wholeTally: Tally
  var turnCount = 0
  var roundCount = 0
  var generator: SplitMix64

  var settings: MeasurementSettings { driver.settings }

  init(driver: InterleavedDriver, candidates: [MeasurementCandidate]) {
    self.driver = driver
    self.candidates = candidates
    startNanoseconds = driver.clock.nowNanoseconds()
    batchSizes = Array(repeating: 1, count: candidates.count)
    warmUpMedians = Array(repeating: [], count: candidates.count)
    acceptedTally = Tally(candidateCount: candidates.count)
    wholeTally = acceptedTally
    generator = SplitMix64(seed: driver.settings.seed)
  }

  /// The time since the measurement began.
  var elapsedNanoseconds: UInt64 { nanoseconds(since: startNanoseconds) }

  func nanoseconds(since start: UInt64) -> UInt64 {
    let now = driver.clock.nowNanoseconds()
    return now >= start ? now - start : 0
  }

  /// Asks the caller whether to stop, and remembers.
  mutating func shouldStop() -> Bool {
    if !isInterrupted { isInterrupted = driver.isInterrupted() }
    return isInterrupted
  }

  /// The time of a batch of runs of one candidate, after its preparation and priming.
  func timeBatch(_ index: Int, primingIterations: Int) throws -> UInt64 {
    let candidate = candidates[index]
    try candidate.prepare()
    for _ in 0..<max(0, primingIterations) { try candidate.body() }
    let batchSize = batchSizes[index]
    let start = driver.clock.nowNanoseconds()
    for _ in 0..<batchSize { try candidate.body() }
    return nanoseconds(since: start)
  }

  /// A sample: nanoseconds of one run.
  func takeSample(_ index: Int) throws -> Double {
    let duration = try timeBatch(index, primingIterations: settings.primingIterations)
    return Double(duration) / Double(batchSizes[index])
  }

  func report(_ phase: MeasurementProgress.Phase, fraction: Double, sampleCount: Int) {
    driver.progress(
      MeasurementProgress(
        phase: phase, fraction: min(1, max(0, fraction)), sampleCount: sampleCount,
        elapsedNanoseconds: elapsedNanoseconds))
  }

  /// Finds, for each candidate, how many runs last long enough for the clock and the settings.
  mutating func calibrate() throws {
    let (tenSteps, overflows) = driver.clock.resolutionNanoseconds
      .multipliedReportingOverflow(by: 10)
    let target = max(
      overflows ? .max : tenSteps, settings.minimumSampleNanoseconds,
      settings.minimumTimeNanoseconds / Self.largestSampleCount)
    let largestBatch = 1 << 20
    for index in candidates.indices {
      report(.calibrating, fraction: Double(index) / Double(candidates.count), sampleCount: 0)
      // The first run of all pays for page faults and cold caches: it must not set the batch.
      var primingIterations = 1
      while !shouldStop() {
        let duration = try timeBatch(index, primingIterations: primingIterations)
        primingIterations = 0
        if duration >= target || batchSizes[index] >= largestBatch { break }
        let missing = duration == 0 ? 16 : min(16, target / duration + 1)
        batchSizes[index] = min(largestBatch, batchSizes[index] * Int(max(2, missing)))
      }
    }
  }

  /// The candidates' turns in the next round.
  mutating func nextRound() -> [Int] {
    let count = candidates.count
    defer { roundCount += 1 }
    guard count > 1 else { return [0] }
    switch settings.order {
    case .random: return generator.permutation(count)
    case .abba:
      let forward = (0..<count).map { ($0 + roundCount) % count }
      return forward + forward.reversed()
    }
  }
}
