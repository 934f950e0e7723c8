/// What a linear expression reads and writes as one convolution, without its weights.
package struct ConvolutionGeometry: Sendable, Hashable {
  package var inputChannels: Int
  package var outputChannels: Int
  /// Rows and columns of the kernel.
  package var kernelSize: Int
  /// Step in both directions.
  package var stride: Int
  /// Rows and columns of zeros on every side.
  package var padding: Int
  package var groups: Int
  /// Whether it is one factor and one summand per channel.
  package var isDiagonal = false

  /// One factor and one summand per channel.
  static func diagonal(channels: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: channels, outputChannels: channels, kernelSize: 1, stride: 1, padding: 0,
      groups: channels, isDiagonal: true)
  }

  /// Elements of the kernel.
  package var kernelElementCount: Int {
    outputChannels * (inputChannels / max(1, groups)) * kernelSize * kernelSize
  }

  /// The size of the output for an image; nil where the image is smaller than the kernel.
  package func outputSize(height: Int, width: Int) -> (height: Int, width: Int)? {
    let (down, across) = (height + 2 * padding - kernelSize, width + 2 * padding - kernelSize)
    guard down >= 0, across >= 0, stride > 0 else { return nil }
    return (down / stride + 1, across / stride + 1)
  }

  // MARK: - The rules of merging

  /// The sum of two convolutions of the same input, each reading the same pixels.
  ///
  /// - Throws: `unsupported` if strides or output sizes differ, `badData` if channels do.
  func adding(_ other: ConvolutionGeometry) throws(RepVGGError) -> ConvolutionGeometry {
    guard outputChannels == other.outputChannels, inputChannels == other.inputChannels else {
      throw RepVGGError(
        .badData,
        "branches of \(inputChannels)→\(outputChannels) and"
          + " \(other.inputChannels)→\(other.outputChannels) channels cannot be added")
    }
    guard stride == other.stride else {
      throw RepVGGError(
        .unsupported, "branches of stride \(stride) and \(other.stride) are no single convolution")
    }
    guard kernelSize - 2 * padding == other.kernelSize - 2 * other.padding else {
      throw RepVGGError(
        .unsupported,
        "branches of kernel \(kernelSize), padding \(padding) and kernel \(other.kernelSize),"
          + " padding \(other.padding) differ in output size")
    }
    var sum = kernelSize >= other.kernelSize ? self : other
    sum.groups = commonGroups(other)
    sum.isDiagonal = isDiagonal && other.isDiagonal
    return sum
  }

  /// This convolution followed by another one.
  ///
  /// - Parameters:
  ///   - next: What reads this convolution's output.
  ///   - hasBias: Whether this one's bias is not zero; where only geometry is asked for, it is taken
  ///     to be.
  /// - Returns: The geometry of both as one convolution.
  /// - Throws: `unsupported` if zero padding between the two makes borders inexact, or if a stride
  ///   before a spatial kernel skips pixels.
  func followed(
    by next: ConvolutionGeometry, hasBias: Bool
  ) throws(RepVGGError) -> ConvolutionGeometry {
    guard next.inputChannels == outputChannels else {
      throw RepVGGError(
        .badData,
        "\(outputChannels) channels are followed by an operator for \(next.inputChannels)")
    }
    if next.isDiagonal { return self }
    if isDiagonal, !hasBias { return next }
    guard next.kernelSize == 1 || stride == 1 else {
      throw RepVGGError(
        .unsupported,
        "a stride of \(stride) before a \(next.kernelSize)-pixel kernel leaves"
          + " pixels out and is no single convolution")
    }
    // After zero padding the second kernel reads zeros where the first one would have output its
    // bias (or a partial sum, if it is itself larger than a pixel).
    guard next.padding == 0 || (kernelSize == 1 && padding == 0 && !hasBias) else {
      throw RepVGGError(
        .unsupported,
        "zero padding between two operators makes the border differ from one convolution")
    }
    return ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: next.outputChannels,
      kernelSize: kernelSize + next.kernelSize - 1, stride: stride * next.stride,
      padding: padding + next.padding, groups: commonGroups(next))
  }

  /// The channels of this convolution followed by those of another one on the same input.
  ///
  /// - Throws: `unsupported` if they differ in input, stride or output size.
  func concatenated(
    with other: ConvolutionGeometry
  ) throws(RepVGGError) -> ConvolutionGeometry {
    guard inputChannels == other.inputChannels, stride == other.stride,
      kernelSize - 2 * padding == other.kernelSize - 2 * other.padding
    else {
      throw RepVGGError(
        .unsupported, "branches that differ in input, stride or output size cannot be concatenated")
    }
    var joined = kernelSize >= other.kernelSize ? self : other
    joined.outputChannels = outputChannels + other.outputChannels
    joined.groups = 1
    joined.isDiagonal = false
    return joined
  }

  /// The largest group count with which both can be written.
  func commonGroups(_ other: ConvolutionGeometry) -> Int {
    var (a, b) = (groups, other.groups)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
