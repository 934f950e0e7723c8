import CPlatform

/// What the cost model knows of the machine: fixed figures by kernel level and cache sizes.
///
/// Nothing is timed, so that the same network gets the same plan on the same kind of machine.
package struct Machine: Sendable, Hashable {
  /// Multiply-adds a nanosecond of one core in a register-blocked product.
  package var multiplyAddsPerNanosecond: Double
  /// Vector operations a nanosecond of one core in transforms, loads and stores included.
  package var vectorsPerNanosecond: Double
  /// Floats of a vector.
  package var vectorWidth: Int
  /// Bytes a nanosecond that one core streams from the third-level cache.
  package var sharedCacheBytesPerNanosecond: Double
  /// First- and second-level data cache of a core.
  package var caches: CacheSizes
  /// Time for all workers to join, in nanoseconds.
  package var joinNanoseconds: Double

  /// This machine with the selected kernels.
  package static let current: Machine = {
    let sizes = rvgk_read_cache_sizes()
    let caches = CacheSizes(
      level1ByteCount: Int(sizes.l1d_bytes), level2ByteCount: Int(sizes.l2_bytes))
    let kernels = Kernels.selected
    return Machine(kernelLevel: kernels.name, vectorWidth: kernels.vectorWidth, caches: caches)
  }()

  /// A machine of a kernel level.
  package init(kernelLevel: String, vectorWidth: Int, caches: CacheSizes) {
    switch kernelLevel {
    case "avx512": multiplyAddsPerNanosecond = 58
    case "avx2": multiplyAddsPerNanosecond = 42
    default: multiplyAddsPerNanosecond = 12
    }
    vectorsPerNanosecond = 1.6
    self.vectorWidth = vectorWidth
    sharedCacheBytesPerNanosecond = 28
    self.caches = caches
    joinNanoseconds = 2_000
  }

  /// Bytes a nanosecond at which weights stream in, for a network that reads so many in a run.
  ///
  /// Measured: 28 up to 24 MB, 20 at 64, 15.5 at 96, 13 from memory; all workers share what
  /// memory gives.
  package func weightBytesPerNanosecond(tapeByteCount: Int) -> Double {
    let megabytes = Double(tapeByteCount) / 1e6
    let points = [(24.0, 28.0), (64, 20), (96, 15.5), (200, 13)]
    guard megabytes > points[0].0 else { return points[0].1 }
    for (left, right) in zip(points, points.dropFirst()) where megabytes <= right.0 {
      return left.1 + (right.1 - left.1) * (megabytes - left.0) / (right.0 - left.0)
    }
    return points[points.count - 1].1
  }
}
