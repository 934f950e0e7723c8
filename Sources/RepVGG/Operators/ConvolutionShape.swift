/// One convolution layer's geometry.
///
/// Output pixel (y, x) is computed from the pixels `stride * (y, x) - padding + dilation * tap`; those
/// outside the image are zeros of the source's border.
package struct ConvolutionShape: Sendable, Hashable {
  package let source: ActivationLayout
  package let destination: ActivationLayout
  package let kernelSize: Size2D
  package let stride: Size2D
  package let dilation: Size2D
  /// Zeros around the image; negative where pixels are left out.
  package let padding: Padding
  package let groups: Int

  package init(
    source: ActivationLayout, destination: ActivationLayout, kernelSize: Size2D, stride: Size2D,
    dilation: Size2D = 1, padding: Padding, groups: Int
  ) {
    self.source = source
    self.destination = destination
    self.kernelSize = kernelSize
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    self.groups = groups
  }

  /// A square kernel with half its side, rounded down, as padding.
  package init(
    source: ActivationLayout, destination: ActivationLayout, kernelSize: Int, stride: Int,
    groups: Int
  ) {
    self.init(
      source: source, destination: destination, kernelSize: Size2D(kernelSize),
      stride: Size2D(stride), padding: Padding(kernelSize / 2), groups: groups)
  }

  /// The same for another number of images.
  func withBatch(_ batch: Int) -> ConvolutionShape {
    ConvolutionShape(
      source: source.withBatch(batch), destination: destination.withBatch(batch),
      kernelSize: kernelSize, stride: stride, dilation: dilation, padding: padding, groups: groups)
  }

  /// Pixels of the kernel.
  package var tapCount: Int { kernelSize.height * kernelSize.width }
  package var inputChannelsPerGroup: Int { source.channels / groups }
  package var outputChannelsPerGroup: Int { destination.channels / groups }
  /// Weights of the kernel.
  package var kernelElementCount: Int {
    destination.channels * inputChannelsPerGroup * tapCount
  }
  /// Multiplications of the direct algorithm, over the whole batch.
  package var multiplicationCount: Int {
    destination.batch * destination.height * destination.width * kernelElementCount
  }
  /// Bytes of the kernel in Float32, unpacked.
  package var weightByteCount: Int { 4 * kernelElementCount }

  /// Whether every output channel reads one input channel, and none is read that has no output.
  package var isDepthwise: Bool {
    groups > 1 && groups == source.channels && destination.channels >= groups
  }

  /// Whether an output pixel is computed from the pixel at the same place.
  package var isPointwise: Bool {
    tapCount == 1 && stride == 1 && padding == 0
  }

  /// Whether the kernel is a square with half its side as padding, the stride is the same in both
  /// directions and nothing is dilated.
  package func isCentred(side: Int) -> Bool {
    kernelSize == Size2D(side) && padding == Padding(side / 2) && stride.isSquare && dilation == 1
  }

  /// Floats from the start of an image to the first sample of its first output pixel.
  package var sourceOrigin: Int {
    (source.border - padding.top) * source.rowStride
      + (source.border - padding.left) * source.pixelStride
  }

  /// Floats from an output pixel's first sample to each of its taps, row-major.
  package var tapOffsets: [Int] {
    (0..<tapCount).map { tap in
      tap / kernelSize.width * dilation.height * source.rowStride
        + tap % kernelSize.width * dilation.width * source.pixelStride
    }
  }

  /// What is read down the rows.
  var vertical: AxisGeometry {
    .vertical(kernelSize, stride: stride, dilation: dilation, padding: padding)
  }

  /// What is read across the columns.
  var horizontal: AxisGeometry {
    .horizontal(kernelSize, stride: stride, dilation: dilation, padding: padding)
  }

  /// Pixels of zeros that the kernel reads beyond each side of the image, at most.
  package var borderNeeded: Int {
    func beyond(_ axis: AxisGeometry, _ outputs: Int, _ size: Int) -> Int {
      max(axis.before, (outputs - 1) * axis.stride - axis.before + axis.span - size)
    }
    return max(
      0, beyond(vertical, destination.height, source.height),
      beyond(horizontal, destination.width, source.width))
  }
}
