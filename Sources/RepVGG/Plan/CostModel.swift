/// Estimates how long a layer takes with a choice, in nanoseconds.
///
/// A layer's time is that of its products and its weight traffic, which overlap, plus its
/// transforms, its activation traffic, the overhead of kernel calls, and a join:
/// `|products / peak, weights / bandwidth|_4 + transforms + activations / L3 + calls + join`, the
/// norm summed over Winograd's matrices. It is the larger of the two where they differ much, and a
/// fifth more where they are equal.
package struct CostModel: Sendable {
  package let machine: Machine
  /// Bytes of packed weights that one run of the whole network streams through the caches.
  package let tapeByteCount: Int

  package init(machine: Machine, tapeByteCount: Int) {
    self.machine = machine
    self.tapeByteCount = tapeByteCount
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
  /// Bytes per nanosecond at which im2col reads pixels and writes patches.
  ///
  /// Estimate (c8a0900).
  private static let patchBytesPerNanosecond = 16.0

  /// Nanoseconds of the layer, workers running in parallel.
  package func nanoseconds(_ choice: LayerChoice, _ request: LayerRequest) -> Double {
    switch choice {
    case .winograd(let options): winograd(options, request.shape, request.workerCount)
    case .direct(let options): direct(options, request.shape, request.workerCount)
    case .im2col: im2col(request.shape, request.workerCount)
    }
  }

  // MARK: - Winograd

  private func winograd(
    _ options: WinogradConvolution.Options, _ shape: ConvolutionShape, _ workerCount: Int
  ) -> Double {
    guard
      let plan = TilePlan(
        height: shape.destination.height, width: shape.destination.width,
        verticalTile: options.verticalTile, horizontalTile: options.horizontalTile,
        stride: shape.stride)
    else { return .infinity }
    let workers = Double(workerCount)
    let batch = Double(shape.destination.batch)
    let depth = Double(shape.inputChannelsPerGroup)
    let inputs = Double(shape.source.pixelStride)
    let outputs = Double(shape.destination.pixelStride)
    let positions = Double(plan.positionCount)
    let tiles = Double(plan.tileCount)
    let matrices = Double(plan.matrixCount)
    let panels = (outputs / Double(options.panelWidth)).rounded(.up)
    let splitsPixels = options.split == .pixels
    let chunkTiles = min(Double(options.tilesPerChunk), tiles * batch)
    let chunks = (tiles * batch / chunkTiles).rounded(.up)

    // Shares: by pixels a worker does its chunks with all weights, by channels all chunks with
    // its weights; the input transform is then done by every worker.
    let chunksPerWorker = splitsPixels ? (chunks / workers).rounded(.up) : chunks
    let panelsPerWorker = splitsPixels ? panels : (panels / workers).rounded(.up)
    let work = chunksPerWorker / chunks * panelsPerWorker / panels

    let share = panelsPerWorker / panels
    let isWhole = options.stored == .matrices
    let areCombined = options.multiplied == .columns
    let weightTime = weightTraffic(
      bytes: 4 * Double(plan.matrixCount(of: options.stored)) * depth * outputs * share,
      passes: chunksPerWorker, readerCount: splitsPixels ? 1 : workerCount)
    let combined =
      areCombined ? machine.rates.combinationRows * plan.horizontal.meanExtraTermCount : 0
    // A matrix that few rows meet waits for its weights, whatever the others do.
    let rowBlock = Double(rowBlock(options.panelWidth))
    var products = 0.0
    var rowBlocks = 0.0
    for down in plan.vertical.uses {
      for across in plan.horizontal.uses {
        let count = Double(down.weightRowCount * across.weightRowCount)
        let uses = Double(down.positionCount * across.positionCount)
        let rows = uses * chunkTiles / tiles
        let time =
          uses * batch * depth * outputs * work
          / (machine.rates.multiplyAdds * efficiency(rows, options.panelWidth, combined))
        products += count * (isWhole ? Self.overlap(time, weightTime / matrices) : time)
        rowBlocks += count * max(1, (rows / rowBlock).rounded(.up))
      }
    }
    if !isWhole { products = Self.overlap(products, weightTime) }
    let transformedMatrices =
      options.stored == options.multiplied ? 0 : plan.matrixCount(of: options.multiplied)
    let weightTransforms =
      Double(transformedMatrices) * depth * outputs * share * chunksPerWorker
      / machine.rates.weightTransform

    // Transformed tiles of a chunk live in L2, beside the weights that pass, or spill.
    let transformedBytes = 4 * positions * chunkTiles / tiles * inputs
    let panelProductBytes = 4 * positions * chunkTiles / tiles * Double(options.panelWidth)
    var spill = 0.0
    switch options.order {
    case .panelOuter:
      let panelWeights =
        4 * Double(plan.matrixCount(of: options.multiplied)) * depth
        * Double(options.panelWidth)
      let passing = min(
        panelWeights, Self.passingWeightShare * Double(machine.caches.level2ByteCount))
      spill =
        spilledShare(transformedBytes + panelProductBytes + passing) * transformedBytes
        * panelsPerWorker
    case .sliceOuter:
      let productBytes = panelProductBytes * panelsPerWorker
      spill =
        spilledShare(transformedBytes + productBytes)
        * (transformedBytes + Self.spilledProductPasses * productBytes)
    }
    let spillTime = spill * chunksPerWorker / machine.design.sharedCacheBytesPerNanosecond

    let transforms =
      positions * batch
      * (inputs * chunksPerWorker / chunks / machine.rates.inputTransform
        + outputs * work / machine.rates.outputTransform)
    let blocks = (depth / Double(options.depthBlock)).rounded(.up)
    let calls = rowBlocks * panelsPerWorker * blocks * chunksPerWorker
    // Every block of depth but the first reads what the one before wrote.
    let carried =
      (blocks - 1) * positions * batch * outputs * work / (2 * machine.rates.outputTransform)
    return products + weightTransforms + spillTime + transforms + carried
      + activationTraffic(shape, workerCount, splitsPixels ? .pixels : .outputChannels)
      + calls * Self.callNanoseconds + join(workerCount)
  }

  // MARK: - Direct

  private func direct(
    _ options: DirectConvolution.Options, _ shape: ConvolutionShape, _ workerCount: Int
  ) -> Double {
    let workers = Double(workerCount)
    let outputs = Double(shape.destination.pixelStride)
    let panels = (outputs / Double(options.panelWidth)).rounded(.up)
    let lines = Double(shape.destination.batch * shape.destination.height)
    let splitsPixels = options.split == .pixels
    let linesPerWorker = splitsPixels ? (lines / workers).rounded(.up) : lines
    let panelsPerWorker = splitsPixels ? panels : (panels / workers).rounded(.up)
    let work = linesPerWorker / lines * panelsPerWorker / panels
    let taps = Double(shape.kernelSize * shape.kernelSize * shape.inputChannelsPerGroup)
    let width = Double(shape.destination.width)
    let pixels = lines * width
    let products =
      pixels * taps * outputs * work
      / (machine.rates.multiplyAdds * efficiency(width, options.panelWidth))
    let chunks = (linesPerWorker / Double(options.linesPerChunk)).rounded(.up)
    let weightTime = weightTraffic(
      bytes: 4 * taps * outputs * panelsPerWorker / panels, passes: chunks,
      readerCount: splitsPixels ? 1 : workerCount)
    let blocks = max(1, (taps / Double(options.depthBlock)).rounded(.up))
    let calls =
      linesPerWorker * panelsPerWorker * blocks
      * max(1, (width / Double(rowBlock(options.panelWidth))).rounded(.up))
    return Self.overlap(products, weightTime)
      + activationTraffic(shape, workerCount, options.split) + calls * Self.callNanoseconds
      + join(workerCount)
  }

  private func im2col(_ shape: ConvolutionShape, _ workerCount: Int) -> Double {
    let workers = Double(workerCount)
    let taps = Double(shape.kernelSize * shape.kernelSize * shape.inputChannelsPerGroup)
    let pixels = Double(
      shape.destination.batch * shape.destination.height * shape.destination.width)
    let products =
      pixels * taps * Double(shape.destination.pixelStride)
      / (machine.rates.multiplyAdds * Self.sgemmEfficiency)
    let patches = 8 * pixels * taps * Double(shape.groups) / Self.patchBytesPerNanosecond
    return (products + patches) / workers + activationTraffic(shape, workerCount, .pixels)
      + join(workerCount)
  }

  // MARK: - Parts

  private static func overlap(_ products: Double, _ traffic: Double) -> Double {
    let (products2, traffic2) = (products * products, traffic * traffic)
    return (products2 * products2 + traffic2 * traffic2).squareRoot().squareRoot()
  }

  /// How much of what a chunk uses again and again does not survive in L2: nothing up to a share of
  /// the cache, all from twice that.
  private func spilledShare(_ byteCount: Double) -> Double {
    let held = Self.cacheShare * Double(machine.caches.level2ByteCount)
    return min(1, max(0, byteCount / held - 1))
  }

  private func rowBlock(_ panelWidth: Int) -> Int {
    max(1, machine.kernels.blockRowCount(panelWidth: panelWidth))
  }

  /// Share of the peak that register blocks reach.
  ///
  /// Fewer rows wait for loads of weights and for their own sums. Combining weights takes as long as
  /// so many more rows.
  private func efficiency(_ rows: Double, _ panelWidth: Int, _ combined: Double = 0) -> Double {
    guard rows > 0 else { return 1 }
    let block = Double(rowBlock(panelWidth))
    let rowsPerBlock = rows / (rows / block).rounded(.up)
    return Self.blockEfficiency * min(1, rowsPerBlock / min(Self.fullSpeedRowCount, block))
      * rowsPerBlock / (rowsPerBlock + combined)
  }

  /// Weights come in once from wherever the tape is, then again from L2 or L3 for every pass.
  private func weightTraffic(bytes: Double, passes: Double, readerCount: Int) -> Double {
    let rate = machine.design.weightBandwidth.bytesPerNanosecond(
      tapeByteCount: tapeByteCount, readerCount: readerCount)
    let first = bytes / rate
    guard passes > 1, bytes > Self.heldWeightShare * Double(machine.caches.level2ByteCount)
    else { return first }
    return first + bytes * (passes - 1) / machine.design.sharedCacheBytesPerNanosecond
  }

  /// Every worker's share of both activations, and where output channels are split what the other
  /// workers have written of the source.
  private func activationTraffic(
    _ shape: ConvolutionShape, _ workerCount: Int, _ split: WorkSplit
  ) -> Double {
    let workers = Double(workerCount)
    let bytes = 4 * Double(shape.source.elementCount + shape.destination.elementCount)
    let foreign =
      split == .outputChannels ? 4 * Double(shape.source.elementCount) * (1 - 1 / workers) : 0
    return bytes / workers / machine.design.sharedCacheBytesPerNanosecond
      + foreign / machine.design.foreignCacheBytesPerNanosecond
  }

  private func join(_ workerCount: Int) -> Double {
    workerCount > 1 ? machine.design.joinNanoseconds : 0
  }
}
