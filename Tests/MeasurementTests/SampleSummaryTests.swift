import Measurement
import Testing

@Suite struct SampleSummaryTests {
  @Test func valuesOfOneToTen() throws {
    let summary = try #require(SampleSummary([10, 3, 1, 7, 5, 9, 2, 8, 6, 4]))
    #expect(summary.count == 10)
    #expect(summary.minimum == 1)
    #expect(summary.maximum == 10)
    #expect(summary.median == 5.5)
    #expect(summary.mean == 5.5)
    // Sum of squared deviations 82.5 over 9.
    #expect(abs(summary.standardDeviation - 3.0276503540974917) < 1e-14)
    #expect(abs(summary.coefficientOfVariation - 3.0276503540974917 / 5.5) < 1e-14)
    // Deviations 0.5 0.5 1.5 1.5 2.5 2.5 3.5 3.5 4.5 4.5.
    #expect(summary.medianAbsoluteDeviation == 2.5)
    // Positions 2.25 and 6.75.
    #expect(abs(summary.interquartileRange - 4.5) < 1e-14)
    #expect(abs(summary.p90 - 9.1) < 1e-14)
    #expect(abs(summary.p95 - 9.55) < 1e-14)
    #expect(abs(summary.p99 - 9.91) < 1e-14)
    #expect(summary.outlierCount == 0)
  }

  @Test func oneSample() throws {
    let summary = try #require(SampleSummary([7]))
    #expect(summary.median == 7 && summary.p99 == 7 && summary.mean == 7)
    #expect(summary.standardDeviation == 0 && summary.medianAbsoluteDeviation == 0)
  }

  @Test func outliersLieTenDeviationsAway() throws {
    // Median 10, median absolute deviation 1: the limits are 10 plus and minus 14.8.
    let base: [Double] = [9, 9, 9, 10, 10, 10, 11, 11, 11]
    #expect(try #require(SampleSummary(base + [24.7, -4.7])).outlierCount == 0)
    #expect(try #require(SampleSummary(base + [24.9, -4.9])).outlierCount == 2)
  }

  @Test func refusesWhatHasNoSummary() {
    #expect(SampleSummary([]) == nil)
    #expect(SampleSummary([1, .nan]) == nil)
    #expect(SampleSummary([1, .infinity]) == nil)
  }

  @Test func meanOfLargeOffsets() throws {
    let offset = 1e15
    let summary = try #require(SampleSummary([offset + 1, offset + 2, offset + 6]))
    #expect(summary.mean == offset + 3)
    #expect(abs(summary.standardDeviation - 7.0.squareRoot()) < 1e-12)
  }

  @Test func fieldsHaveTheReportsNames() throws {
    let summary = try #require(SampleSummary([1, 2, 3]))
    let names = summary.fields.map(\.name)
    #expect(
      names == ["n", "min", "median", "mean", "mad", "iqr", "cv", "p90", "p95", "p99", "max"])
    #expect(summary.fields[2].value == 2)
  }

  @Test func quantilesInterpolate() {
    let sorted: [Double] = [10, 20, 40]
    #expect(Quantile.value(at: 0, ofSorted: sorted) == 10)
    #expect(Quantile.value(at: 0.25, ofSorted: sorted) == 15)
    #expect(Quantile.value(at: 0.5, ofSorted: sorted) == 20)
    #expect(Quantile.value(at: 0.75, ofSorted: sorted) == 30)
    #expect(Quantile.value(at: 1, ofSorted: sorted) == 40)
    #expect(Quantile.value(at: 0.5, ofSorted: []) == nil)
  }
}
