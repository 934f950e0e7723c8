/// FastViT's blocks, under timm's names unless a parameter says the authors'.
package enum FastViTBlocks {
  /// `x + layer_scale * (mixer(x) - norm(x))`, a MobileOne block and a batch norm; deploys to
  /// `reparam_conv`.
  package static func readMixer(
    _ block: BlockTensors, names: MobileOneBlock.Names = .timm
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let mixer = try MobileOneBlock.read(block.module("mixer"), names: names)
    var difference = [
      LinearExpression.sum([
        mixer.expression,
        .sequence([
          try block.norm("norm.\(names.identity)"), .scale(Tensor(shape: [1], elements: [-1])),
        ]),
      ])
    ]
    if let scale = block["layer_scale.gamma"] ?? block["layer_scale"] {
      difference.append(.scale(scale.reshaped([scale.count])))
    }
    return ReparameterizableBlock(
      expression: .sum([.identity, .sequence(difference)]), inputChannels: mixer.inputChannels)
  }

  /// A large and a small kernel; deploys to `reparam_conv`, or to `lkb_reparam` where the large one is
  /// `lkb_origin`.
  package static func readLargeKernel(
    _ block: BlockTensors, large: String = "large_conv"
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let layout = try BlockLayout(block, try block.kernel("\(large).conv.weight"))
    var branches = [try layout.convolution(large)]
    if block["small_conv.conv.weight"] != nil {
      branches.append(try layout.convolution("small_conv"))
    }
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }

  /// The input plus a depthwise convolution of it (conditional position encoding); deploys to
  /// `reparam_conv`.
  package static func readPositionEncoding(
    _ block: BlockTensors, convolution: String = "pos_enc"
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.kernel("\(convolution).weight")
    let layout = try BlockLayout(block, kernel, groups: BlockLayout.identityGroups(kernel))
    return ReparameterizableBlock(
      expression: .sum([.identity, try layout.convolution(convolution)]),
      inputChannels: layout.inputChannels)
  }
}
