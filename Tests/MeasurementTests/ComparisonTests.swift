import Measurement
import TestSupport
import Testing

@Suite struct ComparisonTests {
  @Test func hodgesLehmannIsTheMedianOfAllMeans() throws {
    var random = SeededGenerator(seed: 7)
    for count in 1...24 {
      for isCoarse in [false, true] {
        let values = (0..<count).map { _ in
          let value = random.unit() * 4 - 2
          return isCoarse ? value.rounded() : value
        }.sorted()
        var sums: [Double] = []
        for i in values.indices { for j in i..<count { sums.append(values[i] + values[j]) } }
        sums.sort()
        let middle = (sums[(sums.count - 1) / 2] + sums[sums.count / 2]) / 4
        let estimate = try #require(HodgesLehmann.estimate(ofSorted: values))
        #expect(abs(estimate - middle) <= 1e-15, "count \(count)")
      }
    }
    #expect(HodgesLehmann.estimate(ofSorted: []) == nil)
  }

  @Test func constantRatio() throws {
    let candidate: [Double] = [1, 2, 4, 8, 3, 5]
    let comparison = try PairedComparison(
      baseline: candidate.map { $0 * 2 }, candidate: candidate)
    for estimate in [comparison.ratioOfMedians, comparison.hodgesLehmannRatio] {
      #expect(abs(estimate.ratio - 2) < 1e-12)
    }
    #expect(abs(comparison.hodgesLehmannRatio.lower - 2) < 1e-12)
    #expect(abs(comparison.hodgesLehmannRatio.upper - 2) < 1e-12)
    #expect(comparison.fasterShare == 1)
    #expect(comparison.wilcoxon.pValue == 2.0 / 64)
    #expect(comparison.wilcoxon.rankBiserialCorrelation == 1)
    #expect(comparison.pairCount == 6)
  }

  @Test func intervalOfNineMediansIsTheSecondToEighthValue() throws {
    // A resample's median is at most the second of nine values with probability
    // P(Binomial(9, 2/9) >= 5) = 0.0304, and the first with 0.0014: the 2.5 % quantile of the
    // resampled medians is the second value, by symmetry the 97.5 % quantile the eighth.
    let baseline: [Double] = [18, 10, 14, 11, 15, 12, 16, 13, 17]
    let comparison = try IndependentComparison(
      baseline: baseline, candidate: [2, 2, 2, 2, 2],
      bootstrap: BootstrapSettings(resampleCount: 40_000, seed: 3))
    let estimate = comparison.ratioOfMedians
    #expect(abs(estimate.ratio - 7) < 1e-12)
    #expect(abs(estimate.lower - 5.5) < 1e-9)
    #expect(abs(estimate.upper - 8.5) < 1e-9)
    #expect(comparison.mannWhitney.cliffsDelta == 1)
    #expect(comparison.smallerCount == 5)
    #expect(abs(estimate.slowdown.lower - 1 / 8.5) < 1e-9)
  }

  @Test func pairingCancelsWhatBothSuffer() throws {
    var random = SeededGenerator(seed: 11)
    var baseline: [Double] = []
    var candidate: [Double] = []
    for _ in 0..<30 {
      let disturbance = 1 + 3 * random.unit()
      baseline.append(disturbance * 110 * (1 + 0.002 * random.unit()))
      candidate.append(disturbance * 100 * (1 + 0.002 * random.unit()))
    }
    let paired = try PairedComparison(baseline: baseline, candidate: candidate)
    let independent = try IndependentComparison(baseline: baseline, candidate: candidate)
    let estimate = paired.hodgesLehmannRatio
    #expect(estimate.lower > 1.095 && estimate.upper < 1.105)
    #expect(VerdictRule().judge(estimate, sampleCount: 30).verdict == .faster)
    let wide = independent.ratioOfMedians
    #expect(wide.upper - wide.lower > 10 * (estimate.upper - estimate.lower))
    #expect(VerdictRule().judge(wide, sampleCount: 30).verdict == .undecided)
  }

  @Test func sameSeedSameInterval() throws {
    var random = SeededGenerator(seed: 5)
    let baseline = (0..<25).map { _ in 1 + random.unit() }
    let candidate = (0..<25).map { _ in 1 + random.unit() }
    func compare(_ seed: UInt64) throws -> PairedComparison {
      try PairedComparison(
        baseline: baseline, candidate: candidate, bootstrap: BootstrapSettings(seed: seed))
    }
    #expect(try compare(1) == compare(1))
    #expect(try compare(1).hodgesLehmannRatio != compare(2).hodgesLehmannRatio)
    // The generator's sequence is part of the contract: intervals stay as they are stored.
    let again = try IndependentComparison(
      baseline: baseline, candidate: candidate, bootstrap: BootstrapSettings(seed: 1))
    #expect(again.ratioOfMedians.resampleCount == 2000)
  }

  @Test func refusesWhatHasNoRatio() {
    #expect(throws: MeasurementError.self) {
      try PairedComparison(baseline: [1, 2], candidate: [1])
    }
    #expect(throws: MeasurementError.self) { try PairedComparison(baseline: [], candidate: []) }
    #expect(throws: MeasurementError.self) {
      try PairedComparison(baseline: [1, 0], candidate: [1, 1])
    }
    #expect(throws: MeasurementError.self) {
      try IndependentComparison(baseline: [1, .nan], candidate: [1])
    }
    #expect(throws: MeasurementError.self) {
      try PairedComparison(
        baseline: [1], candidate: [1], bootstrap: BootstrapSettings(confidence: 1))
    }
  }
}
