extension Family {
  /// DingXiaoH/RepVGG: `stage1.0.rbr_dense.conv.weight`.
  public static let official = Family(rawValue: "official")
}

extension CheckpointFamily {
  /// DingXiaoH/RepVGG, `repvgg.py`: `stage0.rbr_dense.conv.weight`, `stage1.0.rbr_1x1.bn.bias`,
  /// `stage1.0.rbr_identity.weight`; deployed `stage1.0.rbr_reparam.weight`.
  package static let official = CheckpointFamily(
    .official, blockNames: BlockPattern(stem: "stage0", word: "stage"), headName: "linear",
    gates: [
      (isBeforeReLU: false, squeeze: "post_se.down", excite: "post_se.up"),
      (isBeforeReLU: true, squeeze: "se.down", excite: "se.up"),
    ], body: officialBlock)

  static func officialBlock(_ block: BlockReader) -> LinearExpression {
    block.plain("rbr_reparam")
      ?? block.sum([
        block.convolution("rbr_dense.conv", size: 3, norm: "rbr_dense.bn"),
        block.convolution("rbr_1x1.conv", size: 1, norm: "rbr_1x1.bn"),
        block.identity(block.norm("rbr_identity")),
      ])
  }
}
