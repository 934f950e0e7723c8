/// UniRepLKNet's dilated block: a large depthwise kernel and smaller dilated ones.
package enum DilatedBlock {
  /// The block with tensors `lk_origin.weight`, `dil_conv_k5_1.weight` and so on; it deploys to
  /// `lk_origin`.
  ///
  /// Kernel sizes and dilations are in the names.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.kernel("lk_origin.weight")
    let layout = try BlockLayout(block, kernel, groups: BlockLayout.identityGroups(kernel))
    var branches = [try layout.branch("lk_origin", "origin_bn")]
    let limit = min(ConvolutionGeometry.kernelSideLimit, kernel.shape[2])
    for size in stride(from: 1, through: limit, by: 2) {
      for dilation in 1...limit where block["dil_conv_k\(size)_\(dilation).weight"] != nil {
        branches.append(
          try layout.branch(
            "dil_conv_k\(size)_\(dilation)", "dil_bn_k\(size)_\(dilation)", dilation: dilation))
      }
    }
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }
}
