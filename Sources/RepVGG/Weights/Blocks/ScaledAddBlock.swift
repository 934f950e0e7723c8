/// RepOptimizer's and YOLOv6's CSLA block: scaled branches and a batch norm after their sum.
package enum ScaledAddBlock {
  /// The block with tensors `conv.weight`, `scale_conv.weight` and so on.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.kernel("conv.weight")
    let identity = block["scale_identity.weight"]
    let layout = try BlockLayout(
      block, kernel, groups: identity.map { _ in BlockLayout.identityGroups(kernel) })
    var branches: [LinearExpression] = []
    for name in ["conv", "conv_1x1"] {
      let scale = name == "conv" ? "scale_conv.weight" : "scale_1x1.weight"
      branches.append(
        .sequence([try layout.convolution(name), .scale(try block.tensor(scale))]))
    }
    if let identity { branches.append(.scale(identity)) }
    return ReparameterizableBlock(
      expression: .sequence([.sum(branches), try block.norm("bn")]),
      inputChannels: layout.inputChannels)
  }
}
