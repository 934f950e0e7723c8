extension Family {
  /// DingXiaoH/RepOptimizers, its RepVGG baseline: `stage1.0.conv_3x3.weight`.
  public static let repOptBaseline = Family(rawValue: "repopt-baseline")
}

extension CheckpointFamily {
  /// DingXiaoH/RepOptimizers, `repoptimizer/repoptvgg_model.py`, `RepVGGBlock`: the official block
  /// under names of its own, `stage1.0.conv_3x3.weight` and `stage1.0.bn_identity.weight`.
  package static let repOptBaseline = CheckpointFamily(
    .repOptBaseline, blockNames: official.blockNames, headName: "linear",
    gates: [(isBeforeReLU: false, squeeze: "post_se.down", excite: "post_se.up")],
    needsOwnBlockNames: true
  ) { block in
    block.sum([
      block.convolution("conv_3x3", size: 3, norm: "bn_3x3"),
      block.convolution("conv_1x1", size: 1, norm: "bn_1x1"),
      block.identity(block.norm("bn_identity")),
    ])
  }
}
