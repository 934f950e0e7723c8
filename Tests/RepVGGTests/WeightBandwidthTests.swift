import RepVGG
import Testing

@Suite struct WeightBandwidthTests {
  /// Larger tapes and more readers never get more bandwidth, and every rate is a positive number.
  @Test(arguments: Machine.CoreDesign.allCases)
  func fallsWithSizeAndReaders(design: Machine.CoreDesign) {
    let machine = Machine(
      kernelLevel: "avx512",
      caches: CacheSizes(level1ByteCount: 48 << 10, level2ByteCount: 2 << 20), coreDesign: design)
    func rate(_ megabytes: Int, _ readers: Int) -> Double {
      machine.weightBandwidth.bytesPerNanosecond(
        tapeByteCount: megabytes * 1_000_000, readerCount: readers)
    }
    for readers in 1...8 {
      for megabytes in 0...400 {
        let value = rate(megabytes, readers)
        #expect(value.isFinite && value > 0)
        #expect(rate(megabytes + 1, readers) <= value)
        #expect(rate(megabytes, readers + 1) <= value)
      }
    }
    #expect(rate(400, 1) < rate(0, 1))
    #expect(rate(400, 0) == rate(400, 1))
  }
}
