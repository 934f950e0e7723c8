/// The rules by which convolutions are merged; they decide, and weights follow.
extension ConvolutionGeometry {
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
    return try ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: outputChannels,
      vertical: vertical.adding(other.vertical), horizontal: horizontal.adding(other.horizontal),
      groups: groups.greatestCommonDivisor(other.groups),
      isDiagonal: isDiagonal && other.isDiagonal
    ).checked()
  }

  /// This convolution followed by another one.
  ///
  /// - Parameters:
  ///   - next: What reads this convolution's output.
  ///   - hasBias: Whether this one's bias is not zero.
  ///   - padsWithImageOfZero: Whether `next` pads with what this one gives for zero, its bias, and
  ///     not with zeros.
  /// - Returns: The geometry of both as one convolution.
  /// - Throws: `unsupported` if padding between the two makes borders inexact.
  func followed(
    by next: ConvolutionGeometry, hasBias: Bool, padsWithImageOfZero: Bool = false
  ) throws(RepVGGError) -> ConvolutionGeometry {
    guard next.inputChannels == outputChannels else {
      throw RepVGGError(
        .badData,
        "\(outputChannels) channels are followed by an operator for \(next.inputChannels)")
    }
    let padding = next.padding
    // After padding, the second kernel reads zeros where the first one would have output its bias, or
    // a partial sum if it reads pixels of the image there.
    guard vertical.isZeroOutside(before: padding.top, after: padding.bottom),
      horizontal.isZeroOutside(before: padding.left, after: padding.right)
    else {
      throw Self.border("the first one reads more than one pixel")
    }
    guard !hasBias || padsWithImageOfZero || padding.sides.allSatisfy({ $0 <= 0 }) else {
      throw Self.border("the first one has a bias")
    }
    let (products, overflow) = next.kernelElementCount.multipliedReportingOverflow(
      by: inputChannelsPerGroup * kernelSize.height * kernelSize.width)
    guard !overflow, products <= Self.productLimit else {
      throw RepVGGError(
        .unsupported,
        "kernels of \(kernelShape) and \(next.kernelShape) are too large to be made one")
    }
    return try ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: next.outputChannels,
      vertical: vertical.followed(by: next.vertical),
      horizontal: horizontal.followed(by: next.horizontal),
      groups: groups.greatestCommonDivisor(next.groups),
      isDiagonal: isDiagonal && next.isDiagonal
    ).checked()
  }

  /// The channels of this convolution followed by those of another one on the same input.
  ///
  /// - Throws: `unsupported` if they differ in stride or output size, `badData` if in input channels.
  func concatenated(
    with other: ConvolutionGeometry
  ) throws(RepVGGError) -> ConvolutionGeometry {
    let (channels, overflow) = outputChannels.addingReportingOverflow(other.outputChannels)
    guard inputChannels == other.inputChannels, !overflow else {
      throw RepVGGError(
        .badData,
        "branches of \(inputChannels) and \(other.inputChannels) input channels cannot be"
          + " concatenated")
    }
    return try ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: channels,
      vertical: vertical.adding(other.vertical), horizontal: horizontal.adding(other.horizontal),
      groups: 1
    ).checked()
  }

  private static func border(_ reason: String) -> RepVGGError {
    RepVGGError(
      .unsupported,
      "zero padding between two operators makes the border differ from one convolution: \(reason)")
  }
}
