import CKernels

/// Direct convolution over packed weights.
///
/// A GEMM whose rows are output pixels, reached by pointers into the bordered NHWC source, so that
/// nothing is copied. 1x1 and 3x3, strides 1 and 2, groups, and the network's three-channel stem.
package struct DirectConvolution: ConvolutionAlgorithm {
  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  let method: DirectMethod
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
  /// - Throws: What the method's ``DirectMethod/check(_:kernels:)`` throws.
  package init(
    _ layer: ConvolutionLayer, method: DirectMethod, kernels: Kernels
  ) throws(RepVGGError) {
    try method.check(layer, kernels: kernels)
    shape = layer.shape
    epilogue = layer.epilogue
    self.method = method
    self.kernels = kernels
    panels = OutputPanel.cover(
      shape, panelWidth: method.panelWidth, panelStep: kernels.panelStep)
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
    let isOneBlock = segmentOffsets.count * segmentDepth <= method.depthBlock
    partsPerSegment =
      isOneBlock ? 0 : segmentDepth.dividedRoundingUp(by: method.depthBlock)
  }

  package var name: String { DirectMethod.name }

  /// Depth of the whole reduction.
  var depth: Int { segmentOffsets.count * segmentDepth }

  package var packedElementCount: Int {
    depth * (panels.last.map { $0.widthBefore + $0.width } ?? 0)
  }

  package func scratchElementCount(workerCount: Int) -> Int {
    guard partsPerSegment > 0 else { return 0 }
    let lines = min(method.linesPerChunk, shape.destination.batch * shape.destination.height)
    return lines * shape.destination.width * method.panelWidth
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
