extension CoreDesign {
  /// Intel with AVX-512, Xeon Scalable above all: AVX-512 units of full width, little bandwidth from
  /// memory.
  package static let intelServer = CoreDesign(
    name: "intel-server",
    cpus: CPUPattern(vendor: "GenuineIntel", families: 6...19, features: .avx512),
    // Estimates of ccdf9be, 2026-11-26.
    portable: KernelRates(
      multiplyAdds: 18, inputTransform: 4, outputTransform: 6, weightTransform: 6,
      combinationRows: 1),
    // Estimates of ccdf9be, 2026-11-26; the last one of 2413e06.
    avx2: KernelRates(
      multiplyAdds: 44, inputTransform: 8, outputTransform: 12, weightTransform: 12,
      combinationRows: 1.2),
    avx512: KernelRates(
      // ccdf9be, 2026-11-26, which fits the model to this maker's servers; its command is not recorded.
      multiplyAdds: 78,
      // Estimates of 3991549, 2026-11-26: as much faster than those of ccdf9be as on Zen 4.
      inputTransform: 15,
      // ccdf9be, as above.
      outputTransform: 19,
      // An estimate of 3991549; with the 22 of ccdf9be A0 at batch 1 got stored kernels,
      // which were slower.
      weightTransform: 14,
      // 2413e06, 2026-11-26, measured on Zen 5.
      combinationRows: 1.4),
    // An estimate of c8a0900, 2026-11-23: the weights' rate from the third-level cache.
    sharedCacheBytesPerNanosecond: 28,
    // An estimate: nothing is lost to other cores.
    foreignCacheBytesPerNanosecond: 28,
    // The core's: streams measured for c8a0900, 2026-11-23. The totals came with ccdf9be, 2026-11-26,
    // which does not say how.
    weightBandwidth: WeightBandwidth(points: [
      .init(megabytes: 24, core: 28, total: 56), .init(megabytes: 64, core: 20, total: 34),
      .init(megabytes: 96, core: 15.5, total: 24), .init(megabytes: 200, core: 13, total: 20),
    ]),
    // An estimate of c8a0900, 2026-11-23.
    joinNanoseconds: 2_000)
}
