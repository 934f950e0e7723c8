/// RepViT's depthwise block as timm names it: `BN(BN(3x3(x)) + 1x1(x) + x)`.
package enum RepViTBlock {
  /// The block with tensors `conv.c.weight`, `conv1.weight`, `bn.weight` and so on.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.kernel("conv.c.weight")
    let layout = try BlockLayout(block, kernel, groups: BlockLayout.identityGroups(kernel))
    return ReparameterizableBlock(
      expression: .sequence([
        .sum([
          try layout.branch("conv.c", "conv.bn"), try layout.convolution("conv1"), .identity,
        ]), try block.norm("bn"),
      ]), inputChannels: layout.inputChannels)
  }
}
