extension CoreDesign {
  /// The default for cores that no other file describes: Arm's, Intel's without AVX-512, AMD's before
  /// Zen 3 and after Zen 5, and those of other makers.
  ///
  /// Estimates: the figures of an Intel server, which has the least bandwidth of those described, so
  /// that plans are cautious with bytes of weights.
  package static let unknown = CoreDesign(
    name: "default", cpus: nil, portable: intelServer.portable, avx2: intelServer.avx2,
    avx512: intelServer.avx512,
    sharedCacheBytesPerNanosecond: intelServer.sharedCacheBytesPerNanosecond,
    foreignCacheBytesPerNanosecond: intelServer.foreignCacheBytesPerNanosecond,
    weightBandwidth: intelServer.weightBandwidth, joinNanoseconds: intelServer.joinNanoseconds)
}
