extension WinogradMethod {
  package func work(of layer: ConvolutionLayer, kernels: Kernels) -> LayerWork {
    let shape = layer.shape
    let plan = acceptedTilePlan(layer)
    let workers = Double(layer.workerCount)
    let batch = Double(shape.destination.batch)
    let depth = Double(shape.inputChannelsPerGroup)
    let inputs = Double(shape.source.storedChannels)
    let outputs = Double(shape.destination.storedChannels)
    let positions = Double(plan.positionCount)
    let tiles = Double(plan.tileCount)
    let panels = (outputs / Double(panelWidth)).rounded(.up)
    let chunkTiles = min(Double(tilesPerChunk), tiles * batch)
    let chunks = (tiles * batch / chunkTiles).rounded(.up)

    // Shares: by pixels a worker does its chunks with all weights, by channels all chunks with
    // its weights; the input transform is then done by every worker.
    let chunksPerWorker = split == .pixels ? (chunks / workers).rounded(.up) : chunks
    let panelsPerWorker = split == .pixels ? panels : (panels / workers).rounded(.up)
    let share = panelsPerWorker / panels
    let part = chunksPerWorker / chunks * panelsPerWorker / panels

    let areCombined = multiplied == .columns
    var work = LayerWork(
      layer, split: split,
      multiplier: .panels(
        width: panelWidth, extraTerms: areCombined ? plan.horizontal.meanExtraTermCount : 0))
    work.weightByteCount = 4 * Double(plan.matrixCount(of: stored)) * depth * outputs * share
    work.weightPasses = chunksPerWorker
    work.readsMatrixByMatrix = stored == .matrices

    let rowBlock = Double(kernels.blockRowCount(panelWidth: panelWidth))
    var rowBlocks = 0.0
    let (down, across) = (plan.vertical.uses, plan.horizontal.uses)
    work.products.reserveCapacity(down.count * across.count)
    for down in down {
      for across in across {
        let count = Double(down.weightRowCount * across.weightRowCount)
        let uses = Double(down.positionCount * across.positionCount)
        let rows = uses * chunkTiles / tiles
        work.products.append(
          LayerWork.Products(
            matrixCount: count, multiplyAdds: uses * batch * depth * outputs * part, rows: rows))
        rowBlocks += count * max(1, (rows / rowBlock).rounded(.up))
      }
    }
    if stored != multiplied {
      work.transformedWeights =
        Double(plan.matrixCount(of: multiplied)) * depth * outputs * share * chunksPerWorker
    }
    work.transformedInputs = positions * batch * inputs * chunksPerWorker / chunks
    work.transformedOutputs = positions * batch * outputs * part
    let blocks = (depth / Double(depthBlock)).rounded(.up)
    // Every block of depth but the first reads what the one before wrote.
    work.carriedSums = (blocks - 1) * positions * batch * outputs * part
    work.callCount = rowBlocks * panelsPerWorker * blocks * chunksPerWorker

    // Transformed tiles of a chunk are kept in L2 together with the weights that pass, or spill.
    let transformed = 4 * positions * chunkTiles / tiles * inputs
    let panelProducts = 4 * positions * chunkTiles / tiles * Double(panelWidth)
    let products = panelProducts * panelsPerWorker
    work.workingSet =
      switch order {
      case .panelOuter:
        LayerWork.WorkingSet(
          byteCount: transformed + panelProducts,
          passingByteCount: 4 * Double(plan.matrixCount(of: multiplied)) * depth
            * Double(panelWidth),
          rereadByteCount: transformed * panelsPerWorker, rewrittenByteCount: 0,
          chunkCount: chunksPerWorker)
      case .sliceOuter:
        LayerWork.WorkingSet(
          byteCount: transformed + products, passingByteCount: 0, rereadByteCount: transformed,
          rewrittenByteCount: products, chunkCount: chunksPerWorker)
      }
    return work
  }
}
