extension Family {
  /// DingXiaoH/RepOptimizers, CSLA with constant or trainable scales (hyper-search).
  public static let repOptScaled = Family(rawValue: "repopt-scaled")
}

extension CheckpointFamily {
  /// DingXiaoH/RepOptimizers, `repoptimizer/repoptvgg_model.py`, `LinearAddBlock`: scaled branches,
  /// `stage1.0.scale_conv.weight`, and one batch norm after their sum, `stage1.0.bn.weight`.
  package static let repOptScaled = CheckpointFamily(
    .repOptScaled, blockNames: official.blockNames, headName: "linear",
    gates: [(isBeforeReLU: false, squeeze: "post_se.down", excite: "post_se.up")],
    needsOwnBlockNames: true
  ) { block in
    .sequence([
      block.sum([
        .sequence([block.convolution("conv", size: 3), block.scale("scale_conv")]),
        .sequence([block.convolution("conv_1x1", size: 1), block.scale("scale_1x1")]),
        block.identity(block.scale("scale_identity")),
      ]),
      block.norm("bn"),
    ])
  }
}
