extension CoreDesign {
  /// AMD's first with AVX-512, such as EPYC Genoa: 512-bit operations take two turns, 512-bit stores two
  /// cycles.
  ///
  /// From an EPYC, a virtual machine, on 2026-11-26, unless said otherwise.
  package static let zen4 = CoreDesign(
    name: "zen4",
    // Where Zen 3 comes first: the other models of its family.
    cpus: CPUPattern(vendor: "AuthenticAMD", families: 25...25),
    // Estimates of ccdf9be.
    portable: KernelRates(
      multiplyAdds: 18, inputTransform: 4, outputTransform: 6, weightTransform: 6,
      combinationRows: 1),
    avx2: KernelRates(
      // ccdf9be, which fits the model to this maker's servers; its command is not recorded.
      multiplyAdds: 55,
      // Estimates of ccdf9be, the same for Intel.
      inputTransform: 8, outputTransform: 12, weightTransform: 12,
      // An estimate of 2413e06.
      combinationRows: 1.2),
    avx512: KernelRates(
      // ccdf9be, as above.
      multiplyAdds: 57,
      // 8408d6e: the kernel of F(4) alone, its data in L2 (a throwaway program).
      inputTransform: 12,
      // ccdf9be, as above.
      outputTransform: 15,
      // 3991549: in a network 12 of the 16.7 of the kernel alone (8408d6e), the ratio that 41b1f45
      // found for a layer of B1 under `compact`.
      weightTransform: 12,
      // 2413e06, measured on Zen 5.
      combinationRows: 1.4),
    // An estimate of c8a0900, 2026-11-23.
    sharedCacheBytesPerNanosecond: 28,
    // An estimate: nothing is lost to other cores.
    foreignCacheBytesPerNanosecond: 28,
    weightBandwidth: WeightBandwidth(points: [
      // ccdf9be.
      .init(megabytes: 24, core: 30, total: 60),
      // The core's by 2413be4: what makes the model agree with A0 at 160x160; both cores' by a27e469:
      // streams stop at 33 to 35.
      .init(megabytes: 90, core: 27, total: 35),
      // a27e469.
      .init(megabytes: 200, core: 26, total: 34),
    ]),
    // An estimate of c8a0900, 2026-11-23.
    joinNanoseconds: 2_000)
}
