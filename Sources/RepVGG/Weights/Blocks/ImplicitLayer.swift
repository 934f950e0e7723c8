/// A head of YOLOv7 with implicit knowledge: a summand per channel before its 1x1 convolution and a
/// factor after it.
package enum ImplicitLayer {
  /// The head with tensors `m.0.weight`, `ia.0.implicit` and `im.0.implicit`; deploys to `m.0`.
  package static func read(
    _ block: BlockTensors, _ number: Int
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.pointwiseKernel("m.\(number).weight")
    let layout = try BlockLayout(block, kernel)
    let (summand, factor) = (
      try block.tensor("ia.\(number).implicit"), try block.tensor("im.\(number).implicit")
    )
    return ReparameterizableBlock(
      expression: .sequence([
        .shift(summand.reshaped([summand.count])),
        try layout.convolution("m.\(number)"), .scale(factor.reshaped([factor.count])),
      ]), inputChannels: layout.inputChannels)
  }
}
