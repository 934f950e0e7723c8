/// RepViT's depthwise block under the names of its authors and timm: `BN(BN(3x3(x)) + 1x1(x) + x)`; the
/// first models have a batch norm after the 1x1 kernel in place of the last one.
package enum RepViTBlock {
  /// The block with tensors `conv.c.weight`, `conv1.weight`, `bn.weight` and so on; it deploys to a
  /// convolution of its own name.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.kernel("conv.c.weight")
    let layout = try BlockLayout(block, kernel, groups: BlockLayout.identityGroups(kernel))
    let isFirstModel = block["conv1.c.weight"] != nil || block.hasNorm("conv1.bn")
    let pointwise =
      isFirstModel
      ? try layout.branch("conv1.c", "conv1.bn")
      : try layout.convolution(
        try block.kernel("conv1.weight"), bias: try block.tensor("conv1.bias"))
    let sum = LinearExpression.sum([
      try layout.branch("conv.c", "conv.bn"), pointwise, .identity,
    ])
    return ReparameterizableBlock(
      expression: isFirstModel ? sum : .sequence([sum, try block.norm("bn")]),
      inputChannels: layout.inputChannels)
  }
}
