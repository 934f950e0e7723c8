import CKernels

/// Direct convolution over packed weights.
///
/// A GEMM whose rows are output pixels, reached by pointers into the bordered NHWC source, so that
/// nothing is copied. Any kernel, stride, dilation and groups, and the network's three-channel stem.
package struct DirectConvolution: ConvolutionAlgorithm {
  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  let method: DirectMethod
  let kernels: Kernels
  let activation: ActivationTask?
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
    let shape = layer.shape
    self.shape = shape
    epilogue = layer.epilogue
    activation = epilogue.activation.map { ActivationTask($0) }
    self.method = method
    self.kernels = kernels
    panels = OutputPanel.cover(
      shape, panelWidth: method.panelWidth, panelStep: kernels.panelStep)
    if shape.groups == 1, shape.source.pixelStride == shape.source.channels,
      shape.dilation.width == 1, shape.kernelSize.width > 1
    {
      // A row of the kernel reads consecutive floats.
      segmentOffsets = (0..<shape.kernelSize.height).map {
        $0 * shape.dilation.height * shape.source.rowStride
      }
      segmentDepth = shape.kernelSize.width * shape.source.channels
    } else {
      segmentOffsets = shape.tapOffsets
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

  /// Whether pixels follow each other without a border in both activations, and output pixels are of
  /// the source's pixels: then all of them are one line.
  static func isFlat(_ shape: ConvolutionShape) -> Bool {
    shape.isPointwise && shape.source.border == 0 && shape.destination.border == 0
  }

  /// All that ``panels`` depend on besides the kernel's size.
  package var packing: String {
    "direct panel=\(method.panelWidth) channels=\(shape.destination.storedChannels)"
  }

  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    pack(kernel, into: packed, worker: 0, workerCount: 1)
  }

  /// Packs one of `workerCount` shares of the panels as `[panel][tap][channel][panel width]`.
  package func pack(
    _ kernel: [Float], into packed: UnsafeMutablePointer<Float>, worker: Int, workerCount: Int
  ) {
    let channels = shape.inputChannelsPerGroup
    let taps = shape.tapCount
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
