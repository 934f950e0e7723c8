extension BlockFamily {
  /// ACB and DBB.
  static let diverseBranches: [BlockFamily] = [
    BlockFamily(
      "ACB", of: .dbb,
      markers: ["square_conv", "square_bn", "ver_conv", "ver_bn", "hor_conv", "hor_bn"],
      to: "fused_conv"
    ) { block throws(RepVGGError) in try AsymmetricBlock.read(block) },
    BlockFamily(
      "DBB", of: .dbb, markers: ["dbb_origin", "dbb_1x1", "dbb_avg", "dbb_1x1_kxk"],
      to: "dbb_reparam"
    ) { block throws(RepVGGError) in try DiverseBranchBlock.read(block) },
  ]

  /// OREPA's convolutions, and RepVGG's block with one of them.
  static let orepa: [BlockFamily] = [
    BlockFamily(
      "OREPA RepVGG", of: .orepa, markers: parts.map { "rbr_dense.weight_rbr_\($0)" },
      others: ["rbr_dense", "rbr_1x1", "rbr_identity"], to: "rbr_reparam"
    ) { block throws(RepVGGError) in try OREPABlock.readRepVGG(block) },
    BlockFamily(
      "OREPA large kernel", of: .orepa,
      markers: (0..<largeLimit).map { "weight\($0).weight_orepa_origin" },
      others: ["bn"] + (0..<largeLimit).map { "weight\($0)" }, to: "or_large_reparam"
    ) { block throws(RepVGGError) in try OREPABlock.readLarge(block) },
    BlockFamily(
      "OREPA", of: .orepa, markers: (parts + ["1x1"]).map { "weight_orepa_\($0)" },
      others: [
        "vector", "bn", "id_tensor", "weight_orepa_avg_avg", "weight_orepa_prior",
        "weight_orepa_1x1_kxk_conv1",
      ], to: "orepa_reparam"
    ) { block throws(RepVGGError) in try OREPABlock.read(block) },
    BlockFamily(
      "OREPA 1x1", of: .orepa,
      markers: ["origin", "l2i_conv1", "l2i_conv2"].map { "weight_or1x1_\($0)" },
      others: ["vector", "bn"], to: "or1x1_reparam"
    ) { block throws(RepVGGError) in try OREPABlock.readPointwise(block) },
  ]

  /// Ends of the names of a convolution's kernels.
  private static let parts = [
    "origin", "avg_conv", "pfir_conv", "1x1_kxk_idconv1", "1x1_kxk_conv2", "gconv_dw", "gconv_pw",
  ]
  /// Kernels of 31 pixels a side, the largest that upstream trains.
  private static let largeLimit = 15
}
