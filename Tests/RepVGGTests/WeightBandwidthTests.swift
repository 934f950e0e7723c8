import RepVGG
import Testing

/// The rate at which weights stream in.
@Suite struct WeightBandwidthTests {
  private let curve = WeightBandwidth(points: [
    .init(megabytes: 10, core: 40, total: 60), .init(megabytes: 20, core: 30, total: 50),
    .init(megabytes: 100, core: 10, total: 18),
  ])

  private func rate(_ megabytes: Double, _ readers: Int = 1) -> Double {
    curve.bytesPerNanosecond(weightByteCount: Int(megabytes * 1e6), readerCount: readers)
  }

  @Test func goesThroughItsPoints() {
    #expect(rate(10) == 40)
    #expect(rate(20) == 30)
    #expect(rate(100) == 10)
  }

  @Test func isLinearBetweenPoints() {
    #expect(abs(rate(12.5) - 37.5) < 1e-9)
    #expect(abs(rate(40) - 25) < 1e-9)
    #expect(abs(rate(60, 2) - 17) < 1e-9)
  }

  @Test func isConstantOutsideOfThem() {
    for megabytes in [0, 0.001, 9.999] { #expect(rate(megabytes) == 40) }
    for megabytes in [100.001, 5000, 1e12] { #expect(rate(megabytes) == 10) }
  }

  @Test func readersShareTheTotalAndNoneExceedsACore() {
    #expect(rate(10, 2) == 30)
    #expect(rate(10, 4) == 15)
    // Alone, and where there are none, a core's own rate is the limit.
    #expect(rate(10, 1) == 40)
    #expect(rate(10, 0) == 40)
    #expect(rate(100, 2) == 9)
  }

  @Test func onePointIsConstant() {
    let flat = WeightBandwidth(points: [.init(megabytes: 5, core: 8, total: 12)])
    for count in [0, 5_000_000, 1 << 40] {
      #expect(flat.bytesPerNanosecond(weightByteCount: count, readerCount: 1) == 8)
      #expect(flat.bytesPerNanosecond(weightByteCount: count, readerCount: 2) == 6)
    }
  }

  /// More weights never come faster, nor to more readers each.
  @Test(arguments: CoreDesign.described + [.unknown])
  func fallsWithTheTapeAndTheReaders(design: CoreDesign) {
    var last = Double.infinity
    for megabytes in stride(from: 0, through: 400, by: 1) {
      let alone = design.weightBandwidth.bytesPerNanosecond(
        weightByteCount: megabytes * 1_000_000, readerCount: 1)
      let shared = design.weightBandwidth.bytesPerNanosecond(
        weightByteCount: megabytes * 1_000_000, readerCount: 2)
      #expect(alone > 0 && alone <= last)
      #expect(shared > 0 && shared <= alone && 2 * shared >= alone)
      last = alone
    }
  }
}
