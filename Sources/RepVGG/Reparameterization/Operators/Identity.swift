/// The input itself.
struct Identity: ChannelwiseOperator {
  let label = "identity"
  var withoutSummand: LinearExpression { .identity }

  func affine(channels: Int) -> (factor: [Double], summand: [Double]) {
    ([Double](repeating: 1, count: channels), [Double](repeating: 0, count: channels))
  }
}
