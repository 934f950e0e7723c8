/// ACB (DingXiaoH/DiverseBranchBlock, `acb.py`): a square kernel, a row and a column of it.
package enum AsymmetricBlock {
  /// The block with tensors `square_conv.weight` and so on; it deploys to `fused_conv`.
  ///
  /// Where the padding is less than half the kernel, upstream crops the input of the narrow kernels.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let layout = try BlockLayout(block, try block.kernel("square_conv.weight"))
    var branches: [LinearExpression] = []
    for name in ["square", "ver", "hor"] {
      branches.append(try layout.branch("\(name)_conv", "\(name)_bn"))
    }
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }
}
