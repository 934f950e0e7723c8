/// An operator of a linear expression: all that the algebra, the counts, the forms and the oracle need
/// to know of it.
///
/// A new operator is a type that conforms, in a file of its own, and a case of ``LinearExpression``.
package protocol LinearOperator: Sendable {
  /// What nodes of a network are called that compute it: `conv3x3`, `batchnorm`.
  var label: String { get }

  /// Its tensors in the order in which they are stored.
  var tensors: [Tensor] { get }

  /// Those of them that are not trained.
  var statistics: [Tensor] { get }

  /// Whether its multiplications are counted as those of a convolution.
  var isConvolution: Bool { get }

  /// Whether it pads with what the operators before it give for zero.
  var padsWithImageOfZero: Bool { get }

  /// The convolution that it is, from shapes alone.
  ///
  /// - Throws: `badData` where it does not fit the channels or itself, `unsupported` where it is no
  ///   convolution.
  func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry

  /// The same, with what can be known without reading a kernel.
  func outline(inputChannels: Int) throws(RepVGGError) -> ConvolutionOutline

  /// The convolution that it is, in Float64.
  func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution

  /// What it computes, literally, in Float64: the oracle.
  ///
  /// - Throws: `badData` where it does not fit the image.
  func evaluate(
    on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image
}

extension LinearOperator {
  package var tensors: [Tensor] { [] }
  package var statistics: [Tensor] { [] }
  package var isConvolution: Bool { false }
  package var padsWithImageOfZero: Bool { false }

  package func outline(inputChannels: Int) throws(RepVGGError) -> ConvolutionOutline {
    ConvolutionOutline(try reduced(inputChannels: inputChannels))
  }
}

/// An operator that is one factor and one summand per channel.
package protocol ChannelwiseOperator: LinearOperator {
  /// `[channels]` each, of finite values.
  func affine(channels: Int) throws(RepVGGError) -> (factor: [Double], summand: [Double])

  /// The same operator, adding nothing.
  var withoutSummand: LinearExpression { get }
}

extension ChannelwiseOperator {
  package func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    for tensor in tensors where tensor.count != inputChannels {
      throw RepVGGError(
        .badData, "has \(tensor.count) channels where its input has \(inputChannels)",
        tensor: tensor.name)
    }
    return .diagonal(channels: inputChannels)
  }

  package func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    _ = try geometry(inputChannels: inputChannels)
    let (factor, summand) = try affine(channels: inputChannels)
    return ReducedConvolution(diagonal: factor, summand: summand)
  }

  package func evaluate(
    on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    _ = try geometry(inputChannels: image.channels)
    let (factor, summand) = try affine(channels: image.channels)
    return image.mapped { channel, value in value * factor[channel] + summand[channel] }
  }
}
