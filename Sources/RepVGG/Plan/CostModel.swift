/// Estimates how long a layer takes with a choice, in nanoseconds.
///
/// A layer's time is the larger of its products and its weight traffic, plus its transforms, its
/// activation traffic, the overhead of kernel calls, and a join:
/// `max(products / peak, weights / bandwidth) + transforms + activations / L3 + calls + join`.
package struct CostModel: Sendable {
  package let machine: Machine
  package let workerCount: Int
  /// Bytes of packed weights that one run of the whole network streams through the caches.
  package let tapeByteCount: Int

  package init(machine: Machine, workerCount: Int, tapeByteCount: Int) {
    self.machine = machine
    self.workerCount = workerCount
    self.tapeByteCount = tapeByteCount
  }

  /// A kernel call's fixed cost in nanoseconds: register block set-up, stores, prefetch restarts.
  private static let callNanoseconds = 12.0
  /// Share of the cache that one kind of data may fill before it is taken to spill.
  private static let cacheShare = 0.8

  /// Nanoseconds of the layer, workers running in parallel.
  package func nanoseconds(_ choice: LayerChoice, _ request: LayerRequest) -> Double {
    switch choice {
    case .winograd(let options): winograd(options, request.shape)
    case .direct(let options): direct(options, request.shape)
    case .im2col: im2col(request.shape)
    }
  }

  // MARK: - Winograd

  private func winograd(
    _ options: WinogradConvolution.Options, _ shape: ConvolutionShape
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

    let rowsPerMatrix = positions * chunkTiles / tiles / matrices
    let efficiency = 0.95 * rowEfficiency(rowsPerMatrix)
    let products =
      positions * batch * depth * outputs * work / (machine.multiplyAddsPerNanosecond * efficiency)

    let weightBytes = 4 * matrices * depth * outputs * panelsPerWorker / panels
    let weightTime = weightTraffic(
      bytes: weightBytes, passes: chunksPerWorker, isShared: splitsPixels)

    // Transformed tiles of a chunk live in L2 or spill.
    let level2 = Self.cacheShare * Double(machine.caches.level2ByteCount)
    let transformedBytes = 4 * positions * chunkTiles / tiles * inputs
    let panelProductBytes = 4 * positions * chunkTiles / tiles * Double(options.panelWidth)
    var spill = 0.0
    switch options.order {
    case .panelOuter:
      let panelWeights = 4 * matrices * depth * Double(options.panelWidth)
      let reserved = min(panelWeights, level2 / 2)
      if transformedBytes + panelProductBytes + reserved > level2 {
        spill = transformedBytes * panelsPerWorker
      }
    case .pointOuter:
      let productBytes = panelProductBytes * panelsPerWorker
      if transformedBytes + productBytes > level2 { spill = transformedBytes + 2 * productBytes }
    }
    let spillTime = spill * chunksPerWorker / machine.sharedCacheBytesPerNanosecond

    // Per 16 channels a tile of n points costs about 5 n vector operations in, 4 n out.
    let vectors = positions * batch / Double(machine.vectorWidth)
    let transforms =
      (5 * vectors * inputs * chunksPerWorker / chunks + 4 * vectors * outputs * work)
      / (machine.vectorsPerNanosecond * 4)
    let blocks = (depth / Double(options.depthBlock)).rounded(.up)
    let calls =
      matrices * panelsPerWorker * blocks * chunksPerWorker
      * max(1, (rowsPerMatrix / 14).rounded(.up))
    return max(products, weightTime) + spillTime + transforms
      + activationTraffic(shape) / workers + calls * Self.callNanoseconds + join
  }

  // MARK: - Direct

  private func direct(
    _ options: DirectConvolution.Options, _ shape: ConvolutionShape
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
    let efficiency = 0.93 * rowEfficiency(width)
    let pixels = lines * width
    let products =
      pixels * taps * outputs * work / (machine.multiplyAddsPerNanosecond * efficiency)
    let chunks = (linesPerWorker / Double(options.linesPerChunk)).rounded(.up)
    let weightTime = weightTraffic(
      bytes: 4 * taps * outputs * panelsPerWorker / panels, passes: chunks, isShared: splitsPixels)
    let blocks = max(1, (taps / Double(options.depthBlock)).rounded(.up))
    let calls = linesPerWorker * panelsPerWorker * blocks * max(1, (width / 14).rounded(.up))
    return max(products, weightTime) + activationTraffic(shape) / workers
      + calls * Self.callNanoseconds + join
  }

  private func im2col(_ shape: ConvolutionShape) -> Double {
    let workers = Double(workerCount)
    let taps = Double(shape.kernelSize * shape.kernelSize * shape.inputChannelsPerGroup)
    let pixels = Double(
      shape.destination.batch * shape.destination.height * shape.destination.width)
    let products =
      pixels * taps * Double(shape.destination.pixelStride)
      / (machine.multiplyAddsPerNanosecond * 0.7)
    let patches = 8 * pixels * taps * Double(shape.groups) / 16
    return (products + patches) / workers + activationTraffic(shape) / workers + join
  }

  // MARK: - Parts

  /// Register blocks lose where the rows do not fill the last one.
  private func rowEfficiency(_ rows: Double) -> Double {
    let block = 14.0
    guard rows > 0 else { return 1 }
    let blocks = (rows / block).rounded(.up)
    let rowsPerBlock = rows / blocks
    // Few rows in a block leave the multipliers waiting for weights.
    return min(1, 0.25 + rowsPerBlock / 10)
  }

  /// Weights come in once from wherever the tape is, then again from L2 or L3 for every pass.
  private func weightTraffic(bytes: Double, passes: Double, isShared: Bool) -> Double {
    let first = bytes / machine.weightBytesPerNanosecond(tapeByteCount: tapeByteCount)
    guard passes > 1, bytes > Double(machine.caches.level2ByteCount) / 2 else { return first }
    return first + bytes * (passes - 1) / machine.sharedCacheBytesPerNanosecond
  }

  private func activationTraffic(_ shape: ConvolutionShape) -> Double {
    let bytes = 4 * Double(shape.source.elementCount + shape.destination.elementCount)
    return bytes / machine.sharedCacheBytesPerNanosecond
  }

  private var join: Double { workerCount > 1 ? machine.joinNanoseconds : 0 }
}
