extension BlockFamily {
  /// RepVGG's block under the names of four code bases, and QARepVGG.
  static let repVGG: [BlockFamily] = [
    BlockFamily(
      "YOLOv7 RepConv", of: .yolov7, markers: ["rbr_dense.0", "rbr_dense.1", "rbr_1x1.0"],
      others: ["rbr_dense", "rbr_1x1", "rbr_identity"], to: "rbr_reparam"
    ) { block throws(RepVGGError) in try RepVGGBlock.read(block, identity: .stored) },
    BlockFamily(
      "QARepVGG", of: .qaRepVGG, markers: branches, others: ["bn"], readWithHiddenIdentity
    ).with {
      // A batch norm after the sum, or a branch without one.
      $0.condition = { block, _ in
        block.hasNorm("bn") || block["rbr_1x1.weight"] != nil || block["rbr_dense.weight"] != nil
      }
    },
    BlockFamily("RepVGG", of: .repVGG, markers: branches, readWithHiddenIdentity),
    BlockFamily(
      "RepVGG", of: .mmpretrain, markers: ["branch_3x3", "branch_1x1"], others: ["branch_norm"],
      to: "branch_reparam"
    ) { block throws(RepVGGError) in
      try MobileOneBlock.read(block, names: .mmpretrainRepVGG)
    }
    .with { $0.condition = { _, roots in roots.contains("branch_3x3", "branch_1x1") } },
    BlockFamily(
      "RepVGG", of: .timm, markers: ["conv_kxk.conv", "conv_kxk.bn"],
      others: ["conv_kxk", "conv_1x1", "identity"], to: "reparam_conv"
    ) { block throws(RepVGGError) in try MobileOneBlock.read(block, names: .timmRepVGG) }
    .with {
      // MobileViT has a convolution conv_1x1 after conv_kxk.
      $0.condition = { block, _ in block.hasBranch("conv_1x1") }
    },
    BlockFamily(
      "CSLA", of: .repOptimizers, markers: ["scale_conv", "scale_1x1", "scale_identity"],
      others: ["conv", "conv_1x1", "bn"], to: "conv"
    ) { block throws(RepVGGError) in try ScaledAddBlock.read(block) }
    .with { $0.condition = { _, roots in roots.contains("scale_conv", "scale_1x1") } },
  ]

  private static let branches = ["rbr_dense", "rbr_1x1", "rbr_identity"]

  /// An identity branch that has no tensors, as QARepVGG's, depends on stride and channels: the name has
  /// to say the one, and the kernel the other.
  private static func readWithHiddenIdentity(
    _ block: BlockTensors, _ options: MergingOptions
  ) throws(RepVGGError) -> [Merge] {
    let kernel = try RepVGGBlock.denseKernel(block)
    let usual: RepVGGBlock.Identity = block.hasNorm("bn") ? .plain : .stored
    let wanted = options.hiddenIdentity ?? usual
    var identity = RepVGGBlock.Identity.stored
    var assumption: String?
    if !block.hasNorm("rbr_identity"), usual != .stored || wanted != .stored {
      let isFirst = options.stride(ofBlock: TensorName(block.prefix)) != 1
      if RepVGGBlock.isSquare(block, kernel) {
        identity = isFirst ? .stored : wanted
        assumption =
          switch identity {
          case _ where isFirst: "stride 2 and no identity branch"
          case .stored: "no identity branch"
          case .plain: "an identity branch"
          case .plainAndAverage: "an identity and an average branch"
          }
      } else if !isFirst, kernel.shape[0] % kernel.shape[1] == 0 {
        assumption = "one group, and so no identity branch"
      }
    }
    return [
      Merge(
        module: "rbr_reparam", block: try RepVGGBlock.read(block, identity: identity),
        assumption: assumption)
    ]
  }
}
