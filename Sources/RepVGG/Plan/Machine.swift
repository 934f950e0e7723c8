import CPlatform

/// What the cost model knows of the machine: fixed figures by kernel level, maker and cache sizes.
///
/// Nothing is timed, so that the same network gets the same plan on the same kind of machine.
/// Rates are those of one core; `docs/performance.md` says where they come from.
package struct Machine: Sendable, Hashable {
  /// The kernels whose blocks and rates these are.
  package let kernels: Kernels
  /// Multiply-adds a nanosecond in a register-blocked product.
  package var multiplyAddsPerNanosecond: Double
  /// Floats a nanosecond that the transforms of inputs, outputs and (in the run) weights put out.
  package var inputTransformRate: Double
  package var outputTransformRate: Double
  package var weightTransformRate: Double
  /// Rows whose products take as long as adding one more column of halves to a step's weights.
  package var combinationRows: Double
  /// Bytes a nanosecond from the third-level cache.
  package var sharedCacheBytesPerNanosecond: Double
  /// Bytes a nanosecond of activations that another core has written, within a transform.
  package var foreignCacheBytesPerNanosecond: Double
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

    static let zen4 = WeightBandwidth(points: [
      Point(megabytes: 24, core: 30, total: 60), Point(megabytes: 90, core: 27, total: 35),
      Point(megabytes: 200, core: 26, total: 34),
    ])
    static let zen5 = WeightBandwidth(points: [
      Point(megabytes: 16, core: 54, total: 108), Point(megabytes: 40, core: 36, total: 60),
      Point(megabytes: 128, core: 29, total: 44), Point(megabytes: 256, core: 28, total: 42),
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

  /// Cores whose figures are known.
  package enum CoreDesign: Sendable, Hashable, CaseIterable {
    /// AVX-512 units of full width, little bandwidth from memory.
    case intelServer
    /// AMD: 512-bit operations take two turns, 512-bit stores two cycles.
    case zen4
    /// AMD: 512-bit operations at full width, twice those of the others.
    case zen5
  }

  /// This machine with the selected kernels.
  package static let current: Machine = {
    let sizes = rvgk_read_cache_sizes()
    let caches = CacheSizes(
      level1ByteCount: Int(sizes.l1d_bytes), level2ByteCount: Int(sizes.l2_bytes))
    return Machine(
      kernels: .selected, caches: caches, coreDesign: CPUIdentity.coreDesign)
  }()

  /// A machine of a core design with these kernels and caches.
  package init(
    kernels: Kernels, caches: CacheSizes, coreDesign: CoreDesign = .intelServer
  ) {
    self.kernels = kernels
    combinationRows = ["avx512": 1.4, "avx2": 1.2][kernels.name] ?? 1
    switch (kernels.name, coreDesign) {
    case ("avx512", .intelServer):
      multiplyAddsPerNanosecond = 78
      (inputTransformRate, outputTransformRate, weightTransformRate) = (15, 19, 14)
    case ("avx512", .zen4):
      multiplyAddsPerNanosecond = 57
      (inputTransformRate, outputTransformRate, weightTransformRate) = (12, 15, 12)
    case ("avx512", .zen5):
      multiplyAddsPerNanosecond = 134
      (inputTransformRate, outputTransformRate, weightTransformRate) = (18, 20, 26)
    case ("avx2", .zen5):
      multiplyAddsPerNanosecond = 66
      (inputTransformRate, outputTransformRate, weightTransformRate) = (11, 14, 20)
    case ("avx2", _):
      multiplyAddsPerNanosecond = coreDesign == .zen4 ? 55 : 44
      (inputTransformRate, outputTransformRate, weightTransformRate) = (8, 12, 12)
    default:
      multiplyAddsPerNanosecond = 18
      (inputTransformRate, outputTransformRate, weightTransformRate) = (4, 6, 6)
    }
    sharedCacheBytesPerNanosecond = coreDesign == .zen5 ? 50 : 28
    foreignCacheBytesPerNanosecond = coreDesign == .zen5 ? 12 : 28
    weightBandwidth =
      switch coreDesign {
      case .intelServer: .intelServer
      case .zen4: .zen4
      case .zen5: .zen5
      }
    self.caches = caches
    joinNanoseconds = 2_000
  }
}
