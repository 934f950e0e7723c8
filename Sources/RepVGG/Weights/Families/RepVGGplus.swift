extension Family {
  /// DingXiaoH/RepVGG, RepVGGplus: `stage1.blocks.0.rbr_dense.conv.weight`.
  public static let repVGGplus = Family(rawValue: "repvggplus")
}

extension CheckpointFamily {
  /// DingXiaoH/RepVGG, `repvggplus.py`: the official block in modules, two of them in stage 3:
  /// `stage1.blocks.0.rbr_dense.conv.weight`, `stage3_second.blocks.0.post_se.down.weight`.
  package static let repVGGplus = CheckpointFamily(
    .repVGGplus, blockNames: BlockPattern(stem: "stage0", word: "stage", isSplit: true),
    headName: "linear",
    gates: [(isBeforeReLU: false, squeeze: "post_se.down", excite: "post_se.up")],
    body: officialBlock)
}
