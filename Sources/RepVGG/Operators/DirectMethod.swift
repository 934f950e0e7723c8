/// ``DirectConvolution`` with its parameters.
package struct DirectMethod: ConvolutionMethod {
  package static let name = "direct"
  package static let isExact = true

  /// Output channels of a weight panel.
  package var panelWidth: Int
  /// Depth (taps times channels) of a weight block.
  ///
  /// A panel of no more than this depth is done in one go, with its epilogue in registers.
  package var depthBlock: Int
  /// Output rows computed at a time, panel by panel.
  package var linesPerChunk: Int
  package var split: WorkSplit
  /// How far ahead of its own weights the GEMM prefetches packed ones, in bytes; 0 is not at all.
  package var prefetchDistanceByteCount: Int

  package init() {
    self.init(panelWidth: 1, depthBlock: 1, linesPerChunk: 1, split: .pixels)
  }

  package init(
    panelWidth: Int, depthBlock: Int, linesPerChunk: Int, split: WorkSplit,
    prefetchDistanceByteCount: Int = Kernels.prefetchDistanceByteCount
  ) {
    self.panelWidth = panelWidth
    self.depthBlock = depthBlock
    self.linesPerChunk = linesPerChunk
    self.split = split
    self.prefetchDistanceByteCount = prefetchDistanceByteCount
  }

  package static func candidates(
    for layer: ConvolutionLayer, on machine: Machine
  ) -> [DirectMethod] {
    let width = machine.kernels.panelWidth(forChannels: layer.shape.outputChannelsPerGroup)
    let height = layer.shape.destination.height
    let lines = layer.shape.destination.batch * height
    return Set([4, 14, height, lines].map { min($0, lines) }).sorted().flatMap { chunk in
      WorkSplit.splits(of: layer).map { split in
        DirectMethod(
          panelWidth: width, depthBlock: machine.caches.depthBlock(panelWidth: width),
          linesPerChunk: chunk, split: split)
      }
    }
  }

  /// Kernels of any size into pixels of whole channel blocks.
  package func check(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
    guard layer.shape.destination.storedChannels % kernels.channelBlock == 0 else {
      throw RepVGGError(.unsupported, "direct convolution needs pixels of whole channel blocks")
    }
    try layer.checkAddressable()
    guard (1...kernels.widestPanel).contains(panelWidth), panelWidth % kernels.panelStep == 0,
      depthBlock > 0, linesPerChunk > 0
    else {
      throw RepVGGError(.invalidArgument, "direct parameters do not fit the kernels")
    }
  }

  package func work(of layer: ConvolutionLayer, kernels: Kernels) -> LayerWork {
    let shape = layer.shape
    let workers = Double(layer.workerCount)
    // Every group's panels are whole vectors.
    let outputs = Double(
      shape.groups == 1
        ? shape.destination.storedChannels
        : shape.groups * shape.outputChannelsPerGroup.roundedUp(to: kernels.panelStep))
    let panels =
      Double(shape.groups) * (outputs / Double(shape.groups) / Double(panelWidth)).rounded(.up)
    let lines = Double(shape.destination.batch * shape.destination.height)
    let linesPerWorker = split == .pixels ? (lines / workers).rounded(.up) : lines
    let panelsPerWorker = split == .pixels ? panels : (panels / workers).rounded(.up)
    let part = linesPerWorker / lines * panelsPerWorker / panels
    let taps = Double(shape.tapCount * shape.inputChannelsPerGroup)
    // The pixels that meet a panel of weights without a break.
    let width = Double(
      DirectConvolution.isFlat(shape)
        ? shape.destination.width * min(linesPerChunk, shape.destination.height)
        : shape.destination.width)
    var work = LayerWork(
      layer, split: split, multiplier: .panels(width: panelWidth, extraTerms: 0),
      products: [
        LayerWork.Products(
          multiplyAdds: lines * Double(shape.destination.width) * taps * outputs * part,
          rows: width)
      ])
    work.weightByteCount = 4 * taps * outputs * panelsPerWorker / panels
    work.weightPasses = (linesPerWorker / Double(linesPerChunk)).rounded(.up)
    let blocks = max(1, (taps / Double(depthBlock)).rounded(.up))
    let rowBlock = Double(kernels.blockRowCount(panelWidth: panelWidth))
    work.callCount =
      linesPerWorker * Double(shape.destination.width) / width * panelsPerWorker * blocks
      * max(1, (width / rowBlock).rounded(.up))
    return work
  }

  package func plan(
    _ layer: ConvolutionLayer, kernels: Kernels
  ) throws(RepVGGError) -> any ConvolutionAlgorithm {
    try DirectConvolution(layer, method: self, kernels: kernels)
  }

  // MARK: - Text

  package static let parameters: [MethodParameter<DirectMethod>] = [
    MethodParameter("panel", \.panelWidth), MethodParameter("depth", \.depthBlock),
    MethodParameter("lines", \.linesPerChunk), MethodParameter("split", \.split),
    MethodParameter("prefetch", \.prefetchDistanceByteCount),
  ]

  package var kind: String { "direct \(split.rawValue)" }

  package var summary: String {
    "direct, split by \(split.rawValue), \(linesPerChunk) lines, panels of \(panelWidth),"
      + " blocks of \(depthBlock)"
  }
}
