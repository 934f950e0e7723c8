/// The figures of one design of cores, by which the cost model prices plans.
///
/// Each design has a file of its own, which says where every figure comes from: the date and commit
/// of its measurement and what was measured, or that it is an estimate. Rates are those of one core.
package struct CoreDesign: Sendable, Hashable {
  /// What reports call the design.
  package let name: String
  /// The CPUs that have such cores; nil for the description of those that are not known.
  let cpus: CPUPattern?
  /// Rates of the kernels of each level.
  let portable: KernelRates
  let avx2: KernelRates
  /// Nil for cores without AVX-512.
  let avx512: KernelRates?
  /// Bytes per nanosecond from the third-level cache.
  let sharedCacheBytesPerNanosecond: Double
  /// Bytes per nanosecond of activations that another core has written, within a transform.
  let foreignCacheBytesPerNanosecond: Double
  /// How fast weights stream in.
  package let weightBandwidth: WeightBandwidth
  /// Time for all workers to join, in nanoseconds.
  let joinNanoseconds: Double

  /// Rates of the kernels of a level; those of the next lower one where the cores lack the level.
  func rates(at level: Kernels.Level) -> KernelRates {
    switch level {
    case .portable: portable
    case .avx2: avx2
    case .avx512: avx512 ?? avx2
    }
  }
}

extension CoreDesign {
  /// The designs that are known; a CPU has the first one that fits.
  package static let described: [CoreDesign] = [.zen3, .zen4, .zen5, .intelServer]

  /// The design of a CPU's cores; ``unknown`` where none fits.
  package init(of identity: CPUIdentity, features: CPUFeatures) {
    self =
      Self.described.first { $0.cpus?.matches(identity, features) ?? false } ?? .unknown
  }

  /// Whether these are the figures for cores that are not known.
  package var isDefault: Bool { cpus == nil }
}

/// How fast the kernels of one level run on a core.
package struct KernelRates: Sendable, Hashable {
  /// Multiply-adds per nanosecond of a register-blocked product.
  let multiplyAdds: Double
  /// Floats per nanosecond that the transforms of inputs, outputs and (in the run) weights write.
  let inputTransform: Double
  let outputTransform: Double
  let weightTransform: Double
  /// Rows whose products take as long as adding one more column to a step's weights.
  let combinationRows: Double
}
