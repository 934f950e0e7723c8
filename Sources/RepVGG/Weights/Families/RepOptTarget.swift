extension Family {
  /// DingXiaoH/RepOptimizers, the target: one convolution and one batch norm per block.
  public static let repOptTarget = Family(rawValue: "repopt-target")
}

extension CheckpointFamily {
  /// DingXiaoH/RepOptimizers, `repoptimizer/repoptvgg_model.py`, `RealVGGBlock`: one convolution and
  /// one batch norm per block, `stage1.0.conv.weight` and `stage1.0.bn.weight`.
  package static let repOptTarget = CheckpointFamily(
    .repOptTarget, blockNames: official.blockNames, headName: "linear",
    gates: [(isBeforeReLU: false, squeeze: "post_se.down", excite: "post_se.up")],
    needsOwnBlockNames: true
  ) { block in
    block.convolution("conv", size: 3, norm: "bn")
  }
}
