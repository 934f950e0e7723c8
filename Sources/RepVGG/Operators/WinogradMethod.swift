/// ``WinogradConvolution`` with its parameters.
package struct WinogradMethod: ConvolutionMethod {
  package static let name = "winograd"
  package static let isExact = false

  /// Largest tile: 1...4 outputs, at stride 1 also 5 and 6.
  package var verticalTile: Int
  package var horizontalTile: Int
  /// Output channels of a weight panel.
  package var panelWidth: Int
  /// Input channels of a weight block.
  package var depthBlock: Int
  /// Tiles transformed at a time: the workspace.
  package var tilesPerChunk: Int
  package var order: WinogradConvolution.Order
  /// The form in which weights are packed.
  package var stored: WinogradConvolution.WeightForm
  /// The form that the products read.
  ///
  /// The stored one, or what every run and chunk transforms a stored kernel to, block by block,
  /// which needs `panelOuter`. Columns are combined to matrices in registers, at every step of
  /// the products.
  package var multiplied: WinogradConvolution.WeightForm
  package var split: WorkSplit
  /// How far ahead of its own weights the GEMM prefetches packed ones, in bytes; 0 is not at all.
  package var prefetchDistanceByteCount: Int

  package init() {
    self.init(
      verticalTile: 1, horizontalTile: 1, panelWidth: 1, depthBlock: 1, tilesPerChunk: 1,
      order: .panelOuter, split: .pixels)
  }

  package init(
    verticalTile: Int, horizontalTile: Int, panelWidth: Int, depthBlock: Int, tilesPerChunk: Int,
    order: WinogradConvolution.Order, stored: WinogradConvolution.WeightForm = .matrices,
    multiplied: WinogradConvolution.WeightForm = .matrices, split: WorkSplit,
    prefetchDistanceByteCount: Int = Kernels.prefetchDistanceByteCount
  ) {
    self.verticalTile = verticalTile
    self.horizontalTile = horizontalTile
    self.panelWidth = panelWidth
    self.depthBlock = depthBlock
    self.tilesPerChunk = tilesPerChunk
    self.order = order
    self.stored = stored
    self.multiplied = multiplied
    self.split = split
    self.prefetchDistanceByteCount = prefetchDistanceByteCount
  }

  /// Kernels of 3x3 over pixels of whole channel blocks, of sizes within 32-bit offsets.
  package func check(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
    try Self.check(layer, kernels: kernels)
    guard (1...kernels.widestPanel).contains(panelWidth), panelWidth % kernels.panelStep == 0,
      depthBlock > 0, tilesPerChunk > 0,
      stored == .kernel ? multiplied != .kernel && order == .panelOuter : multiplied == stored
    else {
      throw RepVGGError(.invalidArgument, "Winograd parameters do not fit the kernels")
    }
    guard let plan = tilePlan(layer) else {
      throw RepVGGError(.invalidArgument, "these Winograd tiles do not cover the output")
    }
    try TileSchedule.check(
      shape: layer.shape, plan: plan, tilesPerChunk: tilesPerChunk, panelWidth: panelWidth,
      workerCount: split == .pixels ? layer.workerCount : 1)
  }

  /// Refuses what no parameters do.
  static func check(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
    guard layer.shape.kernelSize == 3, layer.shape.dilation == 1,
      layer.shape.stride == 1 || layer.shape.stride == 2
    else {
      throw RepVGGError(
        .unsupported, "Winograd needs a 3x3 kernel with a stride of 1 or 2 and no dilation")
    }
    guard layer.shape.source.storedChannels % kernels.channelBlock == 0,
      layer.shape.destination.storedChannels % kernels.channelBlock == 0
    else {
      throw RepVGGError(.unsupported, "Winograd needs pixels of whole channel blocks")
    }
    try layer.checkAddressable()
  }

  /// How the output is cut into tiles; nil where they do not cover it.
  func tilePlan(_ layer: ConvolutionLayer) -> TilePlan? {
    TilePlan(
      height: layer.shape.destination.height, width: layer.shape.destination.width,
      verticalTile: verticalTile, horizontalTile: horizontalTile, stride: layer.shape.stride.height)
  }

  /// How the output of a layer that was accepted is cut into tiles.
  func acceptedTilePlan(_ layer: ConvolutionLayer) -> TilePlan {
    guard let plan = tilePlan(layer) else {
      preconditionFailure("Winograd was asked about a layer that it does not accept")
    }
    return plan
  }

  package func packedByteCount(of layer: ConvolutionLayer) -> Int {
    4 * acceptedTilePlan(layer).matrixCount(of: stored) * layer.shape.inputChannelsPerGroup
      * layer.shape.destination.storedChannels
  }

  package func plan(
    _ layer: ConvolutionLayer, kernels: Kernels
  ) throws(RepVGGError) -> any ConvolutionAlgorithm {
    try WinogradConvolution(layer, method: self, kernels: kernels)
  }

  // MARK: - Text

  package static let parameters: [MethodParameter<WinogradMethod>] = [
    MethodParameter("rows", \.verticalTile), MethodParameter("columns", \.horizontalTile),
    MethodParameter("panel", \.panelWidth), MethodParameter("depth", \.depthBlock),
    MethodParameter("tiles", \.tilesPerChunk), MethodParameter("order", \.order),
    MethodParameter("stored", \.stored), MethodParameter("multiplied", \.multiplied),
    MethodParameter("split", \.split), MethodParameter("prefetch", \.prefetchDistanceByteCount),
  ]

  package var kind: String {
    "winograd \(verticalTile)x\(horizontalTile)" + (weights.map { " \($0)" } ?? "")
      + " \(split.rawValue)"
  }

  package var summary: String {
    "winograd \(verticalTile)x\(horizontalTile), \(order.rawValue),"
      + (weights.map { " weights as \($0)," } ?? "")
      + " split by \(split.rawValue), \(tilesPerChunk) tiles, panels of \(panelWidth),"
      + " blocks of \(depthBlock)"
  }

  /// The form of the weights where it is not the usual: stored and multiplied by as matrices.
  private var weights: String? {
    if stored == .matrices { return nil }
    return stored == multiplied
      ? stored.rawValue : "\(stored.rawValue)-to-\(multiplied.rawValue)"
  }
}
