/// What a linear expression reads and writes as one convolution, without its weights.
package struct ConvolutionGeometry: Sendable, Hashable {
  /// The longest side of a kernel, in pixels that it reads.
  package static let kernelSideLimit = 63
  /// The largest stride, dilation, and padding or crop of a side.
  package static let distanceLimit = 4096
  /// The most weights of a merged kernel: 2 GiB in Float64.
  package static let elementLimit = 1 << 28
  /// The most multiplications for which two kernels are made one: minutes.
  package static let productLimit = 1 << 38

  package var inputChannels: Int
  package var outputChannels: Int
  /// Rows and columns of the kernel.
  package var kernelSize: Size2D
  /// Steps down and across.
  package var stride: Size2D
  /// Zeros on each side; negative where pixels are cut off.
  package var padding: Padding
  /// Distances of the kernel's pixels; 1 along an axis with a single one.
  package var dilation: Size2D
  package var groups: Int
  /// Whether it is one factor and one summand per channel.
  package var isDiagonal = false

  package init(
    inputChannels: Int, outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1,
    padding: Padding = 0, dilation: Size2D = 1, groups: Int, isDiagonal: Bool = false
  ) {
    self.init(
      inputChannels: inputChannels, outputChannels: outputChannels,
      vertical: AxisGeometry(
        kernel: kernelSize.height, stride: stride.height, dilation: dilation.height,
        before: padding.top, after: padding.bottom),
      horizontal: AxisGeometry(
        kernel: kernelSize.width, stride: stride.width, dilation: dilation.width,
        before: padding.left, after: padding.right), groups: groups, isDiagonal: isDiagonal)
  }

  init(
    inputChannels: Int, outputChannels: Int, vertical: AxisGeometry, horizontal: AxisGeometry,
    groups: Int, isDiagonal: Bool = false
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    kernelSize = Size2D(height: vertical.kernel, width: horizontal.kernel)
    stride = Size2D(height: vertical.stride, width: horizontal.stride)
    padding = Padding(
      top: vertical.before, left: horizontal.before, bottom: vertical.after,
      right: horizontal.after)
    dilation = Size2D(height: vertical.dilation, width: horizontal.dilation)
    self.groups = groups
    self.isDiagonal = isDiagonal
  }

  /// One factor and one summand per channel.
  static func diagonal(channels: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: channels, outputChannels: channels, kernelSize: 1, groups: channels,
      isDiagonal: true)
  }

  /// What is read down the rows.
  var vertical: AxisGeometry {
    .vertical(kernelSize, stride: stride, dilation: dilation, padding: padding)
  }

  /// What is read across the columns.
  var horizontal: AxisGeometry {
    .horizontal(kernelSize, stride: stride, dilation: dilation, padding: padding)
  }

  /// Input channels that one output channel reads.
  package var inputChannelsPerGroup: Int { inputChannels / max(1, groups) }

  /// Elements of the kernel.
  package var kernelElementCount: Int {
    outputChannels * inputChannelsPerGroup * kernelSize.height * kernelSize.width
  }

  /// The shape of the kernel.
  package var kernelShape: [Int] {
    [outputChannels, inputChannelsPerGroup, kernelSize.height, kernelSize.width]
  }

  /// Whether the kernel is a square of `side` pixels with half of it, rounded down, as padding on all
  /// sides, and without dilation.
  package func isCentred(side: Int) -> Bool {
    kernelSize == Size2D(side) && padding == Padding(side / 2) && dilation == 1
  }

  /// The size of the output for an image; nil where the image is smaller than the kernel.
  package func outputSize(height: Int, width: Int) -> (height: Int, width: Int)? {
    guard let rows = vertical.outputCount(height), let columns = horizontal.outputCount(width)
    else { return nil }
    return (rows, columns)
  }

  /// The same, if its numbers are within the limits.
  ///
  /// - Throws: `unsupported` that names the limit.
  func checked() throws(RepVGGError) -> ConvolutionGeometry {
    guard max(vertical.span, horizontal.span) <= Self.kernelSideLimit else {
      throw RepVGGError(
        .unsupported,
        "a kernel that reads \(vertical.span)x\(horizontal.span) pixels is larger than"
          + " \(Self.kernelSideLimit) a side")
    }
    guard max(stride.height, stride.width, padding.sides.map(abs).max() ?? 0) <= Self.distanceLimit
    else {
      throw RepVGGError(
        .unsupported,
        "stride \(stride) and padding \(padding) are beyond \(Self.distanceLimit)")
    }
    var count = 1
    for size in kernelShape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product <= Self.elementLimit else {
        throw RepVGGError(
          .unsupported,
          "one convolution would have a kernel of \(kernelShape), more than"
            + " \(Self.elementLimit) weights")
      }
      count = product
    }
    return self
  }
}
