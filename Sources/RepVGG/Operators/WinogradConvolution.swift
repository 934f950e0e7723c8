import CKernels

/// 3x3 convolution by Winograd's minimal filtering over a general tile plan.
///
/// The output is cut into tiles (``TilePlan``); transformed tiles are rows of one GEMM for each
/// weight matrix, rows of one matrix stored together. Bias, accumulation, scaled identity and ReLU
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

  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  let method: WinogradMethod
  package let plan: TilePlan
  let kernels: Kernels
  let workerCount: Int
  let panels: [OutputPanel]
  /// By panel, the share of the worker that reads it.
  let shares: [PanelShare]
  let schedule: TileSchedule
  /// How a row's columns become matrices, by column of matrices.
  let combinations: [rvgk_weight_combination]
  let activation: ActivationTask?

  /// Plans the layer for its workers.
  ///
  /// - Throws: What the method's ``WinogradMethod/check(_:kernels:)`` throws.
  package init(
    _ layer: ConvolutionLayer, method: WinogradMethod, kernels: Kernels
  ) throws(RepVGGError) {
    try method.check(layer, kernels: kernels)
    plan = method.acceptedTilePlan(layer)
    shape = layer.shape
    epilogue = layer.epilogue
    activation = epilogue.activation.map { ActivationTask($0) }
    workerCount = layer.workerCount
    self.method = method
    self.kernels = kernels
    panels = OutputPanel.cover(
      shape, panelWidth: method.panelWidth, panelStep: kernels.panelStep)
    shares = OutputPanel.shares(panels, split: method.split, workerCount: workerCount)
    schedule = try TileSchedule(
      shape: shape, plan: plan, tilesPerChunk: method.tilesPerChunk,
      panelWidth: method.panelWidth,
      workerCount: method.split == .pixels ? workerCount : 1)
    combinations = plan.horizontal.combinations
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
  var packedMatrixCount: Int { plan.matrixCount(of: method.stored) }

  package func scratchElementCount(workerCount: Int) -> Int {
    let panelCount = method.order == .sliceOuter ? panels.count : 1
    return schedule.largestTransformed + panelCount * schedule.largestProducts
      + transformedWeightCount
  }

  /// Whether a run transforms the stored weights.
  var transformsWeights: Bool { method.stored != method.multiplied }

  /// Floats of a block of weights transformed in the run.
  private var transformedWeightCount: Int {
    transformsWeights
      ? plan.matrixCount(of: method.multiplied) / method.multiplied.matricesPerSlice
        * transformedWeightStride
      : 0
  }

  /// Floats from one slice of a block of weights transformed in the run to the next: off the same
  /// cache sets.
  var transformedWeightStride: Int {
    method.multiplied.matricesPerSlice * min(method.depthBlock, depth) * method.panelWidth
      + TileSchedule.skew
  }
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
    case .columns: 3 * vertical.weightRowCount
    case .matrices: matrixCount
    }
  }
}
