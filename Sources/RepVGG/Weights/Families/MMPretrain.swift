extension Family {
  /// open-mmlab/mmpretrain: `backbone.stage_1.0.branch_3x3.conv.weight`.
  public static let mmpretrain = Family(rawValue: "mmpretrain")
}

extension CheckpointFamily {
  /// open-mmlab/mmpretrain, `mmpretrain/models/backbones/repvgg.py`:
  /// `backbone.stage_1.0.branch_3x3.conv.weight`, `backbone.stage_1.0.branch_norm.weight`; deployed
  /// `backbone.stage_1.0.branch_reparam.weight`.
  ///
  /// Gates are modules of mmcv, or convolutions alone.
  package static let mmpretrain = CheckpointFamily(
    .mmpretrain, blockNames: BlockPattern(stem: "stem", word: "stage_"), headName: "head.fc",
    gates: [(isBeforeReLU: true, squeeze: "se_layer.conv1.conv", excite: "se_layer.conv2.conv")],
    aliases: [
      "se_layer.conv1": "se_layer.conv1.conv", "se_layer.conv2": "se_layer.conv2.conv",
    ]
  ) { block in
    block.plain("branch_reparam")
      ?? block.sum([
        block.convolution("branch_3x3.conv", size: 3, norm: "branch_3x3.norm"),
        block.convolution("branch_1x1.conv", size: 1, norm: "branch_1x1.norm"),
        block.identity(block.norm("branch_norm")),
      ])
  }
}
