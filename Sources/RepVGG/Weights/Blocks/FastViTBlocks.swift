/// FastViT's blocks as timm names them.
package enum FastViTBlocks {
  /// `x + layer_scale * (mixer(x) - norm(x))`, a MobileOne block and a batch norm; deploys to
  /// `reparam_conv`.
  package static func readMixer(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let mixer = try MobileOneBlock.read(block.module("mixer"), names: .timm)
    let scale = try block.tensor("layer_scale.gamma")
    return ReparameterizableBlock(
      expression: .sum([
        .identity,
        .sequence([
          .sum([
            mixer.expression,
            .sequence([
              try block.norm("norm.identity"), .scale(Tensor(shape: [1], elements: [-1])),
            ]),
          ]), .scale(scale.reshaped([scale.count])),
        ]),
      ]), inputChannels: mixer.inputChannels)
  }

  /// A large and a small kernel; deploys to `reparam_conv`.
  package static func readLargeKernel(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let layout = try BlockLayout(block, try block.kernel("large_conv.conv.weight"))
    var branches = [try layout.convolution("large_conv")]
    if block["small_conv.conv.weight"] != nil {
      branches.append(try layout.convolution("small_conv"))
    }
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }

  /// The input plus a depthwise convolution of it (conditional position encoding); deploys to
  /// `reparam_conv`.
  package static func readPositionEncoding(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.kernel("pos_enc.weight")
    let layout = try BlockLayout(block, kernel, groups: BlockLayout.identityGroups(kernel))
    return ReparameterizableBlock(
      expression: .sum([.identity, try layout.convolution("pos_enc")]),
      inputChannels: layout.inputChannels)
  }
}
