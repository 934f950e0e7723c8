import CKernels

/// Direct convolution over packed weights.
///
/// A GEMM whose rows are output pixels, reached by pointers into the bordered NHWC source, so that
/// nothing is copied. 1x1 and 3x3, strides 1 and 2, groups, and the network's three-channel stem.
package struct DirectConvolution: ConvolutionAlgorithm {
  /// The choices that a cost model or a tuner makes.
  package struct Options: Sendable, Hashable {
    /// Output channels of a weight panel.
    package var panelWidth: Int
    /// Depth (taps times channels) of a weight block.
    ///
    /// A panel of no more than this depth is done in one go, with its epilogue in registers.
    package var depthBlock: Int
    /// Output rows computed at a time, panel by panel.
    package var linesPerChunk: Int
    package var split: WorkSplit
    /// How far ahead of its own weights the GEMM prefetches the tape, in bytes; 0 is not at all.
    package var prefetchDistanceByteCount: Int

    package init(
      panelWidth: Int, depthBlock: Int, linesPerChunk: Int, split: WorkSplit,
      prefetchDistanceByteCount: Int
    ) {
      self.panelWidth = panelWidth
      self.depthBlock = depthBlock
      self.linesPerChunk = linesPerChunk
      self.split = split
      self.prefetchDistanceByteCount = prefetchDistanceByteCount
    }
  }

  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  package let options: Options
  let kernels: Kernels
  let panels: [OutputPanel]
  /// Offsets of the contiguous segments of an output pixel's receptive field, from its first
  /// input sample.
  let segmentOffsets: [Int]
  /// Floats of a segment.
  let segmentDepth: Int
  /// Blocks that a segment is cut into; 0 where all segments together are one block.
  let partsPerSegment: Int

  /// Plans the layer.
  ///
  /// Throws ``RepVGGError/Kind/unsupported`` for kernels other than 1x1 and 3x3
  /// and for destinations without whole channel blocks.
  package init(
    shape: ConvolutionShape, epilogue: ConvolutionEpilogue, options: Options,
    kernels: Kernels = .selected
  ) throws(RepVGGError) {
    guard shape.kernelSize == 1 || shape.kernelSize == 3 else {
      throw RepVGGError(.unsupported, "direct convolution needs a 1x1 or 3x3 kernel")
    }
    guard shape.destination.pixelStride % ActivationLayout.channelBlock == 0 else {
      throw RepVGGError(.unsupported, "direct convolution needs pixels of whole channel blocks")
    }
    try shape.checkAddressable(epilogue: epilogue)
    guard (1...kernels.widestPanel).contains(options.panelWidth),
      options.panelWidth % kernels.panelStep == 0, options.depthBlock > 0,
      options.linesPerChunk > 0
    else {
      throw RepVGGError(.invalidArgument, "direct options do not fit the kernels")
    }
    self.shape = shape
    self.epilogue = epilogue
    self.options = options
    self.kernels = kernels
    panels = OutputPanel.cover(
      shape, panelWidth: options.panelWidth, panelStep: kernels.panelStep)
    let (row, pixel) = (shape.source.rowStride, shape.source.pixelStride)
    if shape.kernelSize == 1 {
      segmentOffsets = [row + pixel]
      segmentDepth = shape.inputChannelsPerGroup
    } else if shape.groups == 1, pixel == shape.source.channels {
      segmentOffsets = [0, row, 2 * row]
      segmentDepth = 3 * pixel
    } else {
      segmentOffsets = (0..<9).map { $0 / 3 * row + $0 % 3 * pixel }
      segmentDepth = shape.inputChannelsPerGroup
    }
    let isOneBlock = segmentOffsets.count * segmentDepth <= options.depthBlock
    partsPerSegment =
      isOneBlock ? 0 : (segmentDepth + options.depthBlock - 1) / options.depthBlock
  }

  package var name: String { "direct" }

  /// Depth of the whole reduction.
  var depth: Int { segmentOffsets.count * segmentDepth }

  package var packedElementCount: Int {
    depth * (panels.last.map { $0.widthBefore + $0.width } ?? 0)
  }

  package func scratchElementCount(workerCount: Int) -> Int {
    guard partsPerSegment > 0 else { return 0 }
    let lines = min(options.linesPerChunk, shape.destination.batch * shape.destination.height)
    return lines * shape.destination.width * options.panelWidth
  }

  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    pack(kernel, into: packed, worker: 0, workerCount: 1)
  }

  /// Packs one of `workerCount` shares of the panels as `[panel][tap][channel][panel width]`.
  package func pack(
    _ kernel: [Float], into packed: UnsafeMutablePointer<Float>, worker: Int, workerCount: Int
  ) {
    let channels = shape.inputChannelsPerGroup
    let taps = shape.kernelSize * shape.kernelSize
    precondition(
      kernel.count == shape.destination.channels * channels * taps, "kernel has the wrong size")
    kernel.withUnsafeBufferPointer { kernel in
      for index in workerShare(panels.count, worker: worker, count: workerCount) {
        let panel = panels[index]
        let base = packed + depth * panel.widthBefore
        base.update(repeating: 0, count: depth * panel.width)
        for column in 0..<panel.channelCount {
          var next = (panel.firstChannel + column) * channels * taps
          for channel in 0..<channels {
            for tap in 0..<taps {
              base[(tap * channels + channel) * panel.width + column] = kernel[next]
              next += 1
            }
          }
        }
      }
    }
  }
}
