/// Estimates how long a layer's work takes, in nanoseconds.
///
/// A layer's time is that of its products and its weight traffic, which overlap, plus its
/// transforms, its activation traffic, the overhead of kernel calls, and a join:
/// `|products / peak, weights / bandwidth|_4 + transforms + activations / L3 + calls + join`, the
/// norm summed over Winograd's matrices. It is the larger of the two where they differ much, and a
/// fifth more where they are equal. What there is to do is counted by the algorithms.
package struct CostModel: Sendable {
  package let machine: Machine
  /// Bytes of packed weights that one run of the whole network streams through the caches.
  package let packedWeightByteCount: Int

  package init(machine: Machine, packedWeightByteCount: Int) {
    self.machine = machine
    self.packedWeightByteCount = packedWeightByteCount
  }

  // What the model takes for every machine alike. "Estimate" is what no measurement was kept of; the
  // commits name the others'.

  /// A kernel call's fixed cost in nanoseconds: register block set-up, stores, prefetch restarts.
  ///
  /// Estimate (c8a0900, 2026-11-23).
  private static let callNanoseconds = 12.0
  /// Share of L2 that data may fill before some of it is taken to spill.
  ///
  /// Estimate (c8a0900).
  private static let cacheShare = 0.8
  /// Share of the peak that full register blocks reach within a layer.
  ///
  /// Measured: 0.94 with shallower blocks of weights than those of the same commit (45dc001,
  /// 2026-11-26, Zen 4).
  private static let blockEfficiency = 0.95
  /// Rows from which a register block runs at full speed.
  ///
  /// Measured: 99 % with four (45dc001, Zen 4).
  private static let fullSpeedRowCount = 4.0
  /// Share of L2 that weights on their way through may push out.
  ///
  /// Fitted to what `repvgg tune` finds for A0 and B0 (a0e61aa, 2026-11-26, Zen 4).
  private static let passingWeightShare = 0.25
  /// How many passes spilled products count as: one back, and half of one out, as multiplications
  /// hide the rest.
  ///
  /// Fitted to what `repvgg tune` finds for B0 at batch 8 (3991549, 2026-11-26, Zen 4).
  private static let spilledProductPasses = 1.5
  /// Share of L2 up to which weights are still there in the next pass.
  ///
  /// Estimate (c8a0900).
  private static let heldWeightShare = 0.5
  /// Share of the peak that sgemm of OpenBLAS reaches.
  ///
  /// Estimate (c8a0900).
  private static let sgemmEfficiency = 0.7
  /// Share of the peak that depthwise kernels reach from the caches.
  ///
  /// Estimate.
  private static let depthwiseEfficiency = 0.5
  /// Bytes per nanosecond at which im2col reads pixels and writes patches.
  ///
  /// Estimate (c8a0900).
  private static let patchBytesPerNanosecond = 16.0

  /// Nanoseconds of the work, workers running in parallel.
  package func nanoseconds(_ work: LayerWork) -> Double {
    let rates = machine.rates
    let shared = machine.design.sharedCacheBytesPerNanosecond
    let transforms =
      work.transformedInputs / rates.inputTransform
      + work.transformedOutputs / rates.outputTransform
    let activations =
      work.activationByteCount / shared
      + work.foreignByteCount / machine.design.foreignCacheBytesPerNanosecond
    return products(work) + work.transformedWeights / rates.weightTransform
      + spilledByteCount(work) / shared + transforms
      + work.carriedSums / (2 * rates.outputTransform)
      + work.patchByteCount / Self.patchBytesPerNanosecond + activations
      + work.callCount * Self.callNanoseconds
      + (work.joins ? machine.design.joinNanoseconds : 0)
  }

  /// Time of the products and of the weights that they wait for.
  private func products(_ work: LayerWork) -> Double {
    let weights = weightTraffic(work)
    let matrixCount = work.products.reduce(0) { $0 + $1.matrixCount }
    var total = 0.0
    for product in work.products {
      let time =
        product.multiplyAdds
        / (machine.rates.multiplyAdds * efficiency(work.multiplier, rows: product.rows))
      // A matrix that few rows meet waits for its weights, whatever the others do.
      total +=
        product.matrixCount
        * (work.readsMatrixByMatrix ? Self.overlap(time, weights / matrixCount) : time)
    }
    return work.readsMatrixByMatrix ? total : Self.overlap(total, weights)
  }

  private static func overlap(_ products: Double, _ traffic: Double) -> Double {
    let (products2, traffic2) = (products * products, traffic * traffic)
    return (products2 * products2 + traffic2 * traffic2).squareRoot().squareRoot()
  }

  /// Share of the peak that products reach.
  ///
  /// Fewer rows wait for loads of weights and for their own sums. Combining weights takes as long as
  /// so many more rows.
  private func efficiency(_ multiplier: LayerWork.Multiplier, rows: Double) -> Double {
    let width: Int
    let extraTerms: Double
    switch multiplier {
    case .sgemm: return Self.sgemmEfficiency
    case .vectors: return Self.depthwiseEfficiency
    case .panels(let panelWidth, let terms): (width, extraTerms) = (panelWidth, terms)
    }
    guard rows > 0 else { return 1 }
    let block = Double(machine.kernels.blockRowCount(panelWidth: width))
    let rowsPerBlock = rows / (rows / block).rounded(.up)
    return Self.blockEfficiency * min(1, rowsPerBlock / min(Self.fullSpeedRowCount, block))
      * rowsPerBlock / (rowsPerBlock + machine.rates.combinationRows * extraTerms)
  }

  /// Weights come in once from wherever the packed weights are, then again from L2 or L3 for every
  /// pass.
  private func weightTraffic(_ work: LayerWork) -> Double {
    let (bytes, passes) = (work.weightByteCount, work.weightPasses)
    let rate = machine.design.weightBandwidth.bytesPerNanosecond(
      weightByteCount: packedWeightByteCount, readerCount: work.weightReaderCount)
    let first = bytes / rate
    guard passes > 1, bytes > Self.heldWeightShare * Double(machine.caches.level2ByteCount)
    else { return first }
    return first + bytes * (passes - 1) / machine.design.sharedCacheBytesPerNanosecond
  }

  /// How much of what a chunk uses again and again does not survive in L2: nothing up to a share of
  /// the cache, all from twice that.
  private func spilledByteCount(_ work: LayerWork) -> Double {
    guard let set = work.workingSet else { return 0 }
    let cache = Double(machine.caches.level2ByteCount)
    let passing = min(set.passingByteCount, Self.passingWeightShare * cache)
    let share = min(1, max(0, (set.byteCount + passing) / (Self.cacheShare * cache) - 1))
    return share * (set.rereadByteCount + Self.spilledProductPasses * set.rewrittenByteCount)
      * set.chunkCount
  }
}
