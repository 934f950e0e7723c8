extension CoreDesign {
  /// AMD's with 512-bit data paths, such as EPYC Turin: 512-bit operations at full width, twice those of the others.
  ///
  /// From an EPYC, a virtual machine, on 2026-11-26, for 2413e06: by throwaway programs over the table
  /// of kernels, which are not kept, unless said otherwise.
  package static let zen5 = CoreDesign(
    name: "zen5",
    cpus: CPUPattern(vendor: "AuthenticAMD", families: 26...26),
    // Those of Zen 4: estimates of ccdf9be.
    portable: KernelRates(
      multiplyAdds: 18, inputTransform: 4, outputTransform: 6, weightTransform: 6,
      combinationRows: 1),
    avx2: KernelRates(
      multiplyAdds: 66, inputTransform: 11, outputTransform: 14, weightTransform: 20,
      // An estimate.
      combinationRows: 1.2),
    avx512: KernelRates(
      // The kernels alone.
      multiplyAdds: 134, inputTransform: 18, outputTransform: 20, weightTransform: 26,
      combinationRows: 1.4),
    // 2413e06 does not say how: an estimate, between the core's rates of 16 and 40 MB of weights.
    sharedCacheBytesPerNanosecond: 50,
    // Two clusters of cores; read in the order of tiles, not of memory.
    foreignCacheBytesPerNanosecond: 12,
    // Streams read by products of nine rows.
    weightBandwidth: WeightBandwidth(points: [
      .init(megabytes: 16, core: 54, total: 108), .init(megabytes: 40, core: 36, total: 60),
      .init(megabytes: 128, core: 29, total: 44), .init(megabytes: 256, core: 28, total: 42),
    ]),
    // An estimate of c8a0900, 2026-11-23.
    joinNanoseconds: 2_000)
}
