extension CoreDesign {
  /// AMD's before AVX-512, such as EPYC Milan.
  ///
  /// Estimates: what AVX2 kernels reach on Zen 4, and its memory. Nothing was measured on Zen 3.
  package static let zen3 = CoreDesign(
    name: "zen3",
    cpus: CPUPattern(
      vendor: "AuthenticAMD", families: 25...25, models: [0x00...0x0f, 0x20...0x5f]),
    portable: zen4.portable, avx2: zen4.avx2, avx512: nil,
    sharedCacheBytesPerNanosecond: zen4.sharedCacheBytesPerNanosecond,
    foreignCacheBytesPerNanosecond: zen4.foreignCacheBytesPerNanosecond,
    weightBandwidth: zen4.weightBandwidth, joinNanoseconds: zen4.joinNanoseconds)
}
