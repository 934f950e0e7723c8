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
    /// For each slice of the weights, a matrix or the columns of a row of them, all panels: streams
    /// weights once over the chunk.
    case sliceOuter
  }

  /// How far the weights have been transformed.
  package enum WeightForm: String, Sendable, Hashable, CaseIterable {
    /// Not at all: the nine taps of the kernel.
    case kernel
    /// Vertically: three columns for each row of matrices, one per horizontal tap.
    case columns
    /// In both dimensions: a matrix for each pair of weight rows, up to seven times the kernel's
    /// bytes.
    case matrices
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
    /// The form in which weights are packed.
    package var stored: WeightForm
    /// The form that the products read.
    ///
    /// The stored one, or what every run and chunk transforms a stored kernel to, block by block,
    /// which needs `panelOuter`. Columns are combined to matrices in registers, at every step of
    /// the products.
    package var multiplied: WeightForm
    package var split: WorkSplit
    /// How far ahead of its own weights the GEMM prefetches packed ones, in bytes; 0 is not at all.
    package var prefetchDistanceByteCount: Int

    package init(
      verticalTile: Int, horizontalTile: Int, panelWidth: Int, depthBlock: Int,
      tilesPerChunk: Int, order: Order, stored: WeightForm = .matrices,
      multiplied: WeightForm = .matrices, split: WorkSplit, prefetchDistanceByteCount: Int
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
  /// How a row's columns become matrices, by column of matrices.
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
      Self.areForms(stored: options.stored, multiplied: options.multiplied, order: options.order)
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

  /// Whether a run can get from the stored form to the multiplied one.
  private static func areForms(
    stored: WeightForm, multiplied: WeightForm, order: Order
  ) -> Bool {
    stored == .kernel ? multiplied != .kernel && order == .panelOuter : multiplied == stored
  }

  /// `winograd-4x4`, with the largest tile in each direction.
  package var name: String {
    "winograd-\(plan.vertical.largestTile.outputCount)x\(plan.horizontal.largestTile.outputCount)"
  }

  /// Floats of a row of one packed weight matrix, over all panels.
  var packedWidth: Int {
    guard let last = panels.last else {
      preconditionFailure("a layer without output channels has no panels")
    }
    return last.widthBefore + last.width
  }
  var depth: Int { shape.inputChannelsPerGroup }

  package var packedElementCount: Int { packedMatrixCount * depth * packedWidth }
  var packedMatrixCount: Int { plan.matrixCount(of: options.stored) }

  package func scratchElementCount(workerCount: Int) -> Int {
    let panelCount = options.order == .sliceOuter ? panels.count : 1
    return schedule.largestTransformed + panelCount * schedule.largestProducts
      + transformedWeightCount
  }

  /// Whether a run transforms the stored weights.
  var transformsWeights: Bool { options.stored != options.multiplied }

  /// Floats of a block of weights transformed in the run.
  private var transformedWeightCount: Int {
    transformsWeights
      ? plan.matrixCount(of: options.multiplied) / options.multiplied.matricesPerSlice
        * transformedWeightStride
      : 0
  }

  /// Floats from one slice of a block of weights transformed in the run to the next: off the same
  /// cache sets.
  var transformedWeightStride: Int {
    options.multiplied.matricesPerSlice * min(options.depthBlock, depth) * options.panelWidth
      + TileSchedule.skew
  }

  /// Bound on the absolute rounding error of an output, over
  /// `gamma(depth + 32) * sum_c |kernel_c|_2 |tile_c|_2`; see ``TileKind/errorConstant()``.
  package func errorConstant() throws(RepVGGError) -> Double { try plan.errorConstant() }
}

extension WinogradConvolution.WeightForm {
  /// Matrices, `[input channels][output channels]` each, of a slice of the weights.
  ///
  /// A slice is what is stored together for each input channel: a matrix, the three columns of a
  /// row of matrices, or the whole kernel.
  var matricesPerSlice: Int {
    switch self {
    case .kernel: 9
    case .columns: 3
    case .matrices: 1
    }
  }
}

extension TilePlan {
  /// Matrices, `[input channels][output channels]` each, of weights in this form.
  package func matrixCount(of form: WinogradConvolution.WeightForm) -> Int {
    switch form {
    case .kernel: 9
    case .columns: 3 * vertical.weightRows.count
    case .matrices: matrixCount
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
