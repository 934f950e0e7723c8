/// A factor per channel, or a single one for all.
struct ChannelScale: ChannelwiseOperator {
  let factors: Tensor
  let label = "scale"
  var tensors: [Tensor] { [factors] }
  var withoutSummand: LinearExpression { .scale(factors) }

  func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    try .diagonal(channels: inputChannels, factors)
  }

  func affine(channels: Int) throws(RepVGGError) -> (factor: [Double], summand: [Double]) {
    (try factors.perChannel(channels), [Double](repeating: 0, count: channels))
  }
}

extension ConvolutionGeometry {
  /// One value per channel from a tensor that has as many elements, or one.
  static func diagonal(
    channels: Int, _ values: Tensor
  ) throws(RepVGGError) -> ConvolutionGeometry {
    guard values.count == channels || values.count == 1 else {
      throw RepVGGError(
        .badData, "has \(values.count) channels where its input has \(channels)",
        tensor: values.name)
    }
    return .diagonal(channels: channels)
  }
}

extension Tensor {
  /// The elements, or the single one for every channel.
  func perChannel(_ channels: Int) throws(RepVGGError) -> [Double] {
    let values = try finiteDoubles()
    return values.count == 1 ? [Double](repeating: values[0], count: channels) : values
  }
}
