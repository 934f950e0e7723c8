/// DBB (DingXiaoH/DiverseBranchBlock): four branches, of which two pad with what a batch norm makes of
/// zero.
package enum DiverseBranchBlock {
  /// The block with tensors `dbb_origin.conv.weight` and so on; it deploys to `dbb_reparam`.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let origin = try block.kernel("dbb_origin.conv.weight")
    let second = try block.kernel("dbb_1x1_kxk.conv2.weight")
    let pointwise: Tensor
    if block["dbb_1x1_kxk.idconv1.weight"] != nil {
      pointwise = try block.pointwiseKernel("dbb_1x1_kxk.idconv1.weight").plusIdentity
    } else {
      pointwise = try block.pointwiseKernel("dbb_1x1_kxk.conv1.weight")
    }
    let layout = try BlockLayout(block, origin, groups: pointwise.shape[0] / second.shape[1])
    var branches = [try layout.branch("dbb_origin.conv", "dbb_origin.bn")]
    if block["dbb_1x1.conv.weight"] != nil {
      branches.append(try layout.branch("dbb_1x1.conv", "dbb_1x1.bn"))
    }
    let pad = LinearExpression.padWithImageOfZero(layout.largestPadding)
    let pool = AveragePool(size: layout.largestSize, stride: block.stride)
    if block["dbb_avg.conv.weight"] != nil {
      let kernel = try block.pointwiseKernel("dbb_avg.conv.weight")
      branches.append(
        .sequence([
          .convolution(Convolution(kernel: kernel, groups: layout.groups)),
          try block.norm("dbb_avg.bn.bn"), pad, .averagePool(pool), try block.norm("dbb_avg.avgbn"),
        ]))
    } else {
      branches.append(
        .sequence([
          .pad(layout.largestPadding), .averagePool(pool), try block.norm("dbb_avg.avgbn"),
        ]))
    }
    branches.append(
      .sequence([
        .convolution(Convolution(kernel: pointwise, groups: layout.groups)),
        try block.norm("dbb_1x1_kxk.bn1.bn"), pad,
        .convolution(
          Convolution(kernel: second, stride: block.stride, padding: 0, groups: layout.groups)),
        try block.norm("dbb_1x1_kxk.bn2"),
      ]))
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }
}
