extension Family {
  /// huggingface/pytorch-image-models: `stages.0.0.conv_kxk.conv.weight`.
  public static let timm = Family(rawValue: "timm")
}

extension CheckpointFamily {
  /// huggingface/pytorch-image-models, `timm/models/byobnet.py`: `stem.conv_kxk.conv.weight`,
  /// `stages.0.0.conv_1x1.bn.bias`, `stages.0.0.identity.weight`; deployed
  /// `stages.0.0.reparam_conv.weight`.
  package static let timm = CheckpointFamily(
    .timm, blockNames: BlockPattern(stem: "stem", word: "stages.", firstStage: 0),
    headName: "head.fc", gates: [(isBeforeReLU: true, squeeze: "attn.fc1", excite: "attn.fc2")]
  ) { block in
    block.plain("reparam_conv")
      ?? block.sum([
        block.convolution("conv_kxk.conv", size: 3, norm: "conv_kxk.bn"),
        block.convolution("conv_1x1.conv", size: 1, norm: "conv_1x1.bn"),
        block.identity(block.norm("identity")),
      ])
  }
}
