/// What UniRepLKNet's block merges besides its dilated branches (`unireplknet.py`, `reparameterize`).
package enum UniRepLKNetBlock {
  /// The depthwise kernel of a block and the batch norm after it; deploys to `dwconv.lk_origin` or
  /// `dwconv`.
  package static func readDepthwise(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let depthwise: ReparameterizableBlock
    if block["dwconv.lk_origin.weight"] != nil || block.hasNorm("dwconv.origin_bn") {
      depthwise = try DilatedBlock.read(block.module("dwconv"))
    } else {
      let kernel = try block.kernel("dwconv.weight")
      let layout = try BlockLayout(block, kernel, groups: BlockLayout.identityGroups(kernel))
      depthwise = ReparameterizableBlock(
        expression: try layout.convolution("dwconv"), inputChannels: layout.inputChannels)
    }
    guard let norm = try block.optionalNorm("norm") else { return depthwise }
    return ReparameterizableBlock(
      expression: .sequence([depthwise.expression, norm]),
      inputChannels: depthwise.inputChannels)
  }

  /// The summand of global response normalization, the linear layer after it with its batch norm, and
  /// layer scale; deploys to `pwconv2.0`.
  package static func readProjection(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let (layer, channels, isMatrix) = try NormedLayer.read(block, "pwconv2.0")
    var operators: [LinearExpression] = []
    if let beta = block["act.1.beta"] { operators.append(.shift(beta.reshaped([beta.count]))) }
    operators += [layer, try block.norm("pwconv2.2")]
    if let gamma = block["gamma"] { operators.append(.scale(gamma.reshaped([gamma.count]))) }
    return ReparameterizableBlock(
      expression: .sequence(operators), inputChannels: channels, isMatrix: isMatrix)
  }
}
