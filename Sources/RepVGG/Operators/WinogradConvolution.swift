import CKernels

/// 3x3 convolution by Winograd's minimal filtering over a general tile plan.
///
/// The output is cut into tiles (``TilePlan``); transformed tiles are rows of one GEMM for each
/// weight matrix, rows of one matrix lying together. Bias, accumulation, scaled identity and ReLU
/// happen in the output transform. Stride 2 is polyphase (see `scripts/generate-kernel-sources`).
package struct WinogradConvolution: ConvolutionAlgorithm {
  /// What outlives a block of weights: nothing, or the transformed tiles' products.
  package enum Order: String, Sendable, Hashable, CaseIterable {
    /// For each panel of output channels all weight matrices: products of one panel at a time.
    case panelOuter
    /// For each weight matrix, or row of them, all panels: streams weights once over the chunk.
    case pointOuter
  }

  /// What lies on the tape, and what every run makes of it.
  package enum Weights: String, Sendable, Hashable, CaseIterable {
    /// Every transformed matrix: the fewest operations in a run, up to seven times the bytes.
    case matrices
    /// Transformed vertically: three columns for each row of matrices, combined to matrices in
    /// registers, step by step of the products.
    case halves
    /// The nine taps, of which every run and chunk makes matrices, block by block; with
    /// `panelOuter` only.
    case taps
    /// The nine taps, of which every run and chunk makes halves; with `panelOuter` only.
    case halvedTaps

    /// Whether products combine halves.
    package var areCombined: Bool { self == .halves || self == .halvedTaps }
    /// Whether the tape holds taps.
    package var areTaps: Bool { self == .taps || self == .halvedTaps }
  }

  /// The choices that a cost model or a tuner makes.
  package struct Options: Sendable, Hashable {
    /// Largest tile: 1...4 outputs, at stride 1 also 5 and 6.
    package var verticalTile: Int
    package var horizontalTile: Int
    /// Output channels of a weight panel.
    package var panelWidth: Int
    /// Input channels of a weight block.
    package var depthBlock: Int
    /// Tiles transformed at a time: the workspace.
    package var tilesPerChunk: Int
    package var order: Order
    package var weights: Weights
    package var split: WorkSplit
    /// How far ahead of its own weights the GEMM prefetches the tape, in bytes; 0 is not at all.
    package var prefetchDistanceByteCount: Int

    package init(
      verticalTile: Int, horizontalTile: Int, panelWidth: Int, depthBlock: Int,
      tilesPerChunk: Int, order: Order, weights: Weights = .matrices, split: WorkSplit,
      prefetchDistanceByteCount: Int
    ) {
      self.verticalTile = verticalTile
      self.horizontalTile = horizontalTile
      self.panelWidth = panelWidth
      self.depthBlock = depthBlock
      self.tilesPerChunk = tilesPerChunk
      self.order = order
      self.weights = weights
      self.split = split
      self.prefetchDistanceByteCount = prefetchDistanceByteCount
    }
  }

  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  package let options: Options
  package let plan: TilePlan
  let kernels: Kernels
  let workerCount: Int
  let panels: [OutputPanel]
  /// By panel, the share of the worker that reads it.
  let shares: [PanelShare]
  let schedule: TileSchedule
  /// How halves become matrices, by column of matrices.
  let combinations: [rvgk_weight_combination]

  /// Plans the layer for `workerCount` workers.
  ///
  /// Throws ``RepVGGError/Kind/unsupported`` for what the algorithm cannot do: kernels other than
  /// 3x3, pixels that are not whole channel blocks, sizes beyond 32-bit offsets.
  package init(
    shape: ConvolutionShape, epilogue: ConvolutionEpilogue, options: Options, workerCount: Int,
    kernels: Kernels = .selected
  ) throws(RepVGGError) {
    plan = try Self.checkedPlan(
      shape: shape, epilogue: epilogue, options: options, workerCount: workerCount,
      kernels: kernels)
    self.shape = shape
    self.epilogue = epilogue
    self.options = options
    self.kernels = kernels
    self.workerCount = workerCount
    panels = OutputPanel.cover(
      shape, panelWidth: options.panelWidth, panelStep: kernels.panelStep)
    shares = OutputPanel.shares(panels, split: options.split, workerCount: workerCount)
    schedule = try TileSchedule(
      shape: shape, plan: plan, tilesPerChunk: options.tilesPerChunk,
      panelWidth: options.panelWidth,
      workerCount: options.split == .pixels ? workerCount : 1)
    combinations = plan.horizontal.combinations
  }

  /// The tiles of a layer that the algorithm can do, without the tables that a run needs.
  ///
  /// - Throws: What the initialiser throws.
  package static func checkedPlan(
    shape: ConvolutionShape, epilogue: ConvolutionEpilogue, options: Options, workerCount: Int,
    kernels: Kernels = .selected
  ) throws(RepVGGError) -> TilePlan {
    guard shape.kernelSize == 3 else {
      throw RepVGGError(.unsupported, "Winograd needs a 3x3 kernel")
    }
    guard shape.source.pixelStride % ActivationLayout.channelBlock == 0,
      shape.destination.pixelStride % ActivationLayout.channelBlock == 0
    else {
      throw RepVGGError(.unsupported, "Winograd needs pixels of whole channel blocks")
    }
    try shape.checkAddressable(epilogue: epilogue)
    guard (1...kernels.widestPanel).contains(options.panelWidth),
      options.panelWidth % kernels.panelStep == 0, options.depthBlock > 0,
      options.tilesPerChunk > 0, workerCount > 0,
      !options.weights.areTaps || options.order == .panelOuter
    else {
      throw RepVGGError(.invalidArgument, "Winograd options do not fit the kernels")
    }
    let output = shape.destination
    guard
      let plan = TilePlan(
        height: output.height, width: output.width, verticalTile: options.verticalTile,
        horizontalTile: options.horizontalTile, stride: shape.stride)
    else {
      throw RepVGGError(.invalidArgument, "these Winograd tiles do not cover the output")
    }
    try TileSchedule.check(
      shape: shape, plan: plan, tilesPerChunk: options.tilesPerChunk,
      panelWidth: options.panelWidth, workerCount: options.split == .pixels ? workerCount : 1)
    return plan
  }

  /// `winograd-4x4`, with the largest tile in each direction.
  package var name: String {
    let vertical = plan.vertical.tiles.map(\.outputCount).max() ?? 0
    let horizontal = plan.horizontal.tiles.map(\.outputCount).max() ?? 0
    return "winograd-\(vertical)x\(horizontal)"
  }

  /// Floats of a row of one packed weight matrix, over all panels.
  var packedWidth: Int { panels.last.map { $0.widthBefore + $0.width } ?? 0 }
  var depth: Int { shape.inputChannelsPerGroup }

  package var packedElementCount: Int { packedMatrixCount * depth * packedWidth }
  var packedMatrixCount: Int { plan.packedMatrixCount(options.weights) }

  package func scratchElementCount(workerCount: Int) -> Int {
    let panelCount = options.order == .pointOuter ? panels.count : 1
    return schedule.largestTransformed + panelCount * schedule.largestProducts + madeElementCount
  }

  /// Floats of a block of weights made in the run.
  private var madeElementCount: Int {
    switch options.weights {
    case .matrices, .halves: 0
    case .taps: plan.matrixCount * madeStride
    case .halvedTaps: plan.vertical.weightRows.count * madeStride
    }
  }

  /// Floats from one matrix, or row of them in halves, of a block made in the run to the next: off
  /// the same cache sets.
  var madeStride: Int {
    let columns = options.weights == .halvedTaps ? 3 : 1
    return columns * min(options.depthBlock, depth) * options.panelWidth + TileSchedule.skew
  }

  /// Bound on the absolute rounding error of an output, over
  /// `gamma(depth + 32) * sum_c |kernel_c|_2 |tile_c|_2`; see ``TileKind/errorConstant()``.
  package func errorConstant() throws(RepVGGError) -> Double { try plan.errorConstant() }
}

extension TilePlan {
  /// Weight matrices of this form on the tape, `[input channels][output channels]` each.
  package func packedMatrixCount(_ weights: WinogradConvolution.Weights) -> Int {
    switch weights {
    case .matrices: matrixCount
    case .halves: 3 * vertical.weightRows.count
    case .taps, .halvedTaps: 9
    }
  }
}

extension ConvolutionShape {
  /// Refuses geometry that contradicts itself or exceeds the kernels' 32-bit counts.
  func checkAddressable(epilogue: ConvolutionEpilogue) throws(RepVGGError) {
    let limit = Int(Int32.max)
    guard (1...2).contains(stride), groups > 0, source.channels % groups == 0,
      destination.channels % groups == 0, source.batch == destination.batch,
      destination.height == (source.height + stride - 1) / stride,
      destination.width == (source.width + stride - 1) / stride,
      destination.channels > 0, source.channels > 0, source.batch > 0
    else {
      throw RepVGGError(.invalidArgument, "the convolution's shapes contradict each other")
    }
    guard source.imageStride <= limit, destination.imageStride <= limit,
      source.batch * source.height <= limit, destination.batch * destination.height <= limit
    else {
      throw RepVGGError(.unsupported, "the activation is too large for 32-bit counts")
    }
    guard !epilogue.addsScaledIdentity || (stride == 1 && source == destination) else {
      throw RepVGGError(.unsupported, "an identity needs stride 1 and equal channel counts")
    }
  }
}
