extension WinogradMethod {
  /// A kernel is transformed for a panel at a time, which needs panels outermost.
  private static let forms:
    [(
      order: WinogradConvolution.Order, stored: WinogradConvolution.WeightForm,
      multiplied: WinogradConvolution.WeightForm
    )] = [
      (.panelOuter, .matrices, .matrices), (.panelOuter, .columns, .columns),
      (.panelOuter, .kernel, .matrices), (.panelOuter, .kernel, .columns),
      (.sliceOuter, .matrices, .matrices), (.sliceOuter, .columns, .columns),
    ]

  package static func candidates(
    for layer: ConvolutionLayer, on machine: Machine
  ) -> [WinogradMethod] {
    do throws(RepVGGError) { try check(layer, kernels: machine.kernels) } catch { return [] }
    let shape = layer.shape
    let width = machine.kernels.panelWidth(forChannels: shape.outputChannelsPerGroup)
    var list: [WinogradMethod] = []
    for (vertical, horizontal) in [(4, 4), (6, 6), (5, 5), (2, 4), (2, 2), (3, 3)] {
      guard
        let plan = TilePlan(
          height: shape.destination.height, width: shape.destination.width,
          verticalTile: vertical, horizontalTile: horizontal, stride: shape.stride.height)
      else { continue }
      for chunk in chunkSizes(plan, batch: shape.destination.batch) {
        for (order, stored, multiplied) in forms {
          let block = depthBlock(
            plan, depth: shape.inputChannelsPerGroup, stored: stored, multiplied: multiplied,
            panelWidth: width, caches: machine.caches)
          for split in WorkSplit.splits(of: layer) {
            list.append(
              WinogradMethod(
                verticalTile: vertical, horizontalTile: horizontal, panelWidth: width,
                depthBlock: block, tilesPerChunk: chunk, order: order, stored: stored,
                multiplied: multiplied, split: split))
          }
        }
      }
    }
    return list
  }

  /// Share of L2 that what a block of the kernel is transformed to may fill, in fifths: 64 channels
  /// of F(5) on 1 MiB, the best of 32, 64 and 128 for A0's 14x14 layers (docs/performance-log.md,
  /// Zen 4).
  private static let transformedWeightFifths = 2

  /// Input channels of a weight block: columns are read once for each column of matrices and stay
  /// in L1; all that a block of the kernel is transformed to stays in L2 together with the tiles.
  private static func depthBlock(
    _ plan: TilePlan, depth: Int, stored: WinogradConvolution.WeightForm,
    multiplied: WinogradConvolution.WeightForm, panelWidth: Int, caches: CacheSizes
  ) -> Int {
    let columnsByteCount = 4 * 3 * panelWidth
    func block(within byteCount: Int, bytesPerChannel: Int) -> Int {
      max(16, byteCount / bytesPerChannel / 16 * 16)
    }
    // To the nearest multiple, as L1 is small.
    let read =
      multiplied == .columns
      ? block(
        within: caches.level1ByteCount / 2 + 8 * columnsByteCount,
        bytesPerChannel: columnsByteCount)
      : caches.depthBlock(panelWidth: panelWidth)
    let transformed = block(
      within: caches.level2ByteCount * transformedWeightFifths / 5,
      bytesPerChannel: 4 * plan.matrixCount(of: multiplied) * panelWidth)
    return evenBlock(depth, largest: stored == multiplied ? read : min(read, transformed))
  }

  /// Equal blocks: no block is left with few channels and all its overhead.
  private static func evenBlock(_ depth: Int, largest: Int) -> Int {
    let blocks = depth.dividedRoundingUp(by: largest)
    return min(largest, depth.dividedRoundingUp(by: blocks).roundedUp(to: 16))
  }

  /// Tiles transformed at a time: some rows, an image, several images, the batch.
  private static func chunkSizes(_ plan: TilePlan, batch: Int) -> [Int] {
    let row = plan.horizontal.tileCount
    let image = plan.tileCount
    let all = image * batch
    return Set([2 * row, 4 * row, image, 2 * image, 4 * image, all].map { min($0, all) }).sorted()
  }
}
