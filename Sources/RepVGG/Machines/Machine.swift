import CPlatform

/// What the cost model knows of the machine: the figures of its cores, their kernels and caches.
///
/// Nothing is timed, so that the same network gets the same plan on the same kind of machine.
package struct Machine: Sendable, Hashable {
  /// The figures of the cores.
  package let design: CoreDesign
  /// The kernels that layers are planned with.
  package let kernels: Kernels
  /// First- and second-level data cache of a core.
  package let caches: CacheSizes

  /// Cores of a design that run these kernels.
  package init(_ design: CoreDesign, kernels: Kernels, caches: CacheSizes) {
    self.design = design
    self.kernels = kernels
    self.caches = caches
  }

  /// How fast the kernels run.
  var rates: KernelRates { design.rates(at: kernels.level) }

  /// This machine with the selected kernels.
  package static let current: Machine = {
    let sizes = rvgk_read_cache_sizes()
    return Machine(
      CoreDesign(of: .current, features: .enabled), kernels: .selected,
      caches: CacheSizes(
        level1ByteCount: Int(sizes.l1d_bytes), level2ByteCount: Int(sizes.l2_bytes)))
  }()
}
