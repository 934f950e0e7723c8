/// The mean of the pixels in a window.
public struct AveragePool: Sendable {
  /// Rows and columns of the window.
  public var size: Size2D
  /// Steps down and across.
  public var stride: Size2D
  /// Zeros on each side; negative where the image is cropped.
  public var padding: Padding
  /// Whether zeros of the padding count as pixels: `count_include_pad`.
  ///
  /// Where they do not, windows at the border divide by less, which no convolution does.
  public var countsPadding: Bool

  /// A pool with its own stride and padding for each direction.
  public init(size: Size2D, stride: Size2D, padding: Padding = 0, countsPadding: Bool = true) {
    self.size = size
    self.stride = stride
    self.padding = padding
    self.countsPadding = countsPadding
  }
}

extension AveragePool: LinearOperator {
  package var label: String { "averagepool\(size.height)x\(size.width)" }

  package func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    guard countsPadding || padding.sides.allSatisfy({ $0 <= 0 }) else {
      throw RepVGGError(
        .unsupported,
        "average pooling that does not count its padding differs at the border from one convolution"
      )
    }
    return try window(inputChannels)
  }

  package func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    let geometry = try geometry(inputChannels: inputChannels)
    let area = size.height * size.width
    return ReducedConvolution(
      dense: [Double](repeating: 1 / Double(area), count: inputChannels * area),
      bias: [Double](repeating: 0, count: inputChannels), geometry)
  }

  package func evaluate(
    on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    let geometry = try window(image.channels)
    var ones = [Double](repeating: 1, count: image.channels * size.height * size.width)
    guard !countsPadding else {
      for index in ones.indices { ones[index] /= Double(size.height * size.width) }
      return try image.convolved(geometry, kernel: ones, bias: nil, pool)
    }
    var sums = try image.convolved(geometry, kernel: ones, bias: nil, pool)
    let pixels = image.mapped { _, _ in 1 }
    let counts = try pixels.convolved(geometry, kernel: ones, bias: nil, pool)
    for index in sums.values.indices { sums.values[index] /= counts.values[index] }
    return sums
  }

  /// What is read, however it is counted.
  private func window(_ channels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    guard max(padding.top, padding.bottom) < size.height,
      max(padding.left, padding.right) < size.width
    else {
      throw RepVGGError(
        .badData, "average pooling of size \(size) has windows in its padding of \(padding)")
    }
    return try ConvolutionGeometry(
      inputChannels: channels, outputChannels: channels, checking: size, stride: stride,
      padding: padding, dilation: 1, groups: channels)
  }
}
