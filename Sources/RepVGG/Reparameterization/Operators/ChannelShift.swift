/// A summand per channel, or a single one for all.
struct ChannelShift: ChannelwiseOperator {
  let summands: Tensor
  let label = "shift"
  var tensors: [Tensor] { [summands] }
  var withoutSummand: LinearExpression { .identity }

  func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    try .diagonal(channels: inputChannels, summands)
  }

  func affine(channels: Int) throws(RepVGGError) -> (factor: [Double], summand: [Double]) {
    ([Double](repeating: 1, count: channels), try summands.perChannel(channels))
  }
}
