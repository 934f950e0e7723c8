import CPlatform

/// What the cost model knows of the machine: fixed figures by kernel level, maker and cache sizes.
///
/// Nothing is timed, so that the same network gets the same plan on the same kind of machine.
/// Rates are those of one core; `docs/performance.md` says where they come from.
package struct Machine: Sendable, Hashable {
  /// Multiply-adds a nanosecond in a register-blocked product.
  package var multiplyAddsPerNanosecond: Double
  /// Floats a nanosecond that the transforms of inputs, outputs and (in the run) weights put out.
  package var inputTransformRate: Double
  package var outputTransformRate: Double
  package var weightTransformRate: Double
  /// Bytes a nanosecond from the third-level cache.
  package var sharedCacheBytesPerNanosecond: Double
  package var weightBandwidth: WeightBandwidth
  /// First- and second-level data cache of a core.
  package var caches: CacheSizes
  /// Time for all workers to join, in nanoseconds.
  package var joinNanoseconds: Double

  /// How fast weights stream in for a network that reads so many in every run: they come from the
  /// third-level cache while they fit, then from memory.
  package struct WeightBandwidth: Sendable, Hashable {
    package struct Point: Sendable, Hashable {
      let megabytes: Double
      /// Bytes a nanosecond to one core, and to all of them together.
      let core: Double
      let total: Double
    }
    /// By rising size of the tape; linear between, constant outside.
    let points: [Point]

    static let amdServer = WeightBandwidth(points: [
      Point(megabytes: 24, core: 30, total: 60), Point(megabytes: 90, core: 27, total: 35),
      Point(megabytes: 200, core: 26, total: 34),
    ])
    static let intelServer = WeightBandwidth(points: [
      Point(megabytes: 24, core: 28, total: 56), Point(megabytes: 64, core: 20, total: 34),
      Point(megabytes: 96, core: 15.5, total: 24), Point(megabytes: 200, core: 13, total: 20),
    ])

    /// Bytes a nanosecond to each of `readerCount` cores that read different weights.
    package func bytesPerNanosecond(tapeByteCount: Int, readerCount: Int) -> Double {
      let megabytes = Double(tapeByteCount) / 1e6
      func value(_ rate: KeyPath<Point, Double>) -> Double {
        guard megabytes > points[0].megabytes else { return points[0][keyPath: rate] }
        for (left, right) in zip(points, points.dropFirst()) where megabytes <= right.megabytes {
          let share = (megabytes - left.megabytes) / (right.megabytes - left.megabytes)
          return left[keyPath: rate] + share * (right[keyPath: rate] - left[keyPath: rate])
        }
        return points[points.count - 1][keyPath: rate]
      }
      return min(value(\.core), value(\.total) / Double(max(1, readerCount)))
    }
  }

  /// This machine with the selected kernels.
  package static let current: Machine = {
    let sizes = rvgk_read_cache_sizes()
    let caches = CacheSizes(
      level1ByteCount: Int(sizes.l1d_bytes), level2ByteCount: Int(sizes.l2_bytes))
    return Machine(
      kernelLevel: Kernels.selected.name, caches: caches, isAMD: CPUIdentity.isAMD)
  }()

  /// A machine of a kernel level; `isAMD` for Zen 4 and its like, which halve 512-bit operations
  /// but stream faster from memory, else the figures of an Intel server with AVX-512.
  package init(kernelLevel: String, caches: CacheSizes, isAMD: Bool = false) {
    switch kernelLevel {
    case "avx512":
      multiplyAddsPerNanosecond = isAMD ? 57 : 78
      (inputTransformRate, outputTransformRate, weightTransformRate) =
        isAMD ? (12, 15, 12) : (15, 19, 14)
    case "avx2":
      multiplyAddsPerNanosecond = isAMD ? 55 : 44
      (inputTransformRate, outputTransformRate, weightTransformRate) = (8, 12, 12)
    default:
      multiplyAddsPerNanosecond = 18
      (inputTransformRate, outputTransformRate, weightTransformRate) = (4, 6, 6)
    }
    sharedCacheBytesPerNanosecond = 28
    weightBandwidth = isAMD ? .amdServer : .intelServer
    self.caches = caches
    joinNanoseconds = 2_000
  }
}
