extension Family {
  /// apple/ml-mobileone: `stage1.0.rbr_conv.0.conv.weight`.
  public static let mobileOne = Family(rawValue: "mobileone")
  /// MobileOne in huggingface/pytorch-image-models: `stages.0.0.conv_kxk.0.conv.weight`.
  public static let timmMobileOne = Family(rawValue: "timm-mobileone")
  /// MobileOne in open-mmlab/mmpretrain: `backbone.stage1.0.branch_conv_list.0.conv.weight`.
  public static let mmpretrainMobileOne = Family(rawValue: "mmpretrain-mobileone")

  /// Whether it names MobileOne's blocks.
  package var isMobileOne: Bool {
    [.mobileOne, .timmMobileOne, .mmpretrainMobileOne].contains(self)
  }
}

extension CheckpointFamily {
  /// apple/ml-mobileone, `mobileone.py`: `stage0.rbr_conv.0.conv.weight`,
  /// `stage1.0.rbr_scale.bn.bias`, `stage1.1.rbr_skip.weight`, `stage4.1.se.reduce.weight`; deployed
  /// `stage1.0.reparam_conv.weight`.
  static let mobileOne = ofMobileOne(
    .mobileOne, .apple, blockNames: BlockPattern(stem: "stage0", word: "stage"),
    headName: "linear", gate: ("se.reduce", "se.expand"), plain: "reparam_conv")

  /// huggingface/pytorch-image-models, `timm/models/byobnet.py`: `stem.conv_kxk.0.conv.weight`,
  /// `stages.0.0.conv_scale.bn.bias`, `stages.0.1.identity.weight`; deployed
  /// `stages.0.0.reparam_conv.weight`.
  static let timmMobileOne = ofMobileOne(
    .timmMobileOne, .timm, blockNames: timm.blockNames, headName: "head.fc",
    gate: ("attn.fc1", "attn.fc2"), plain: "reparam_conv")

  /// open-mmlab/mmpretrain, `mmpretrain/models/backbones/mobileone.py`:
  /// `backbone.stage1.0.branch_conv_list.0.conv.weight`, `backbone.stage1.0.branch_scale.bn.bias`;
  /// deployed `backbone.stage1.0.branch_reparam.weight`.
  static let mmpretrainMobileOne = ofMobileOne(
    .mmpretrainMobileOne, .mmpretrain, blockNames: mobileOne.blockNames, headName: "head.fc",
    gate: ("se.conv1.conv", "se.conv2.conv"), plain: "branch_reparam")

  /// The most kernels that a block is the sum of.
  private static let kernelLimit = 16

  private static func ofMobileOne(
    _ family: Family, _ names: MobileOneBlock.Names, blockNames: BlockPattern, headName: String,
    gate: (squeeze: String, excite: String), plain: String
  ) -> CheckpointFamily {
    let kernels = (0..<kernelLimit).map { "\(names.kernels).\($0)" }
    return CheckpointFamily(
      family, blockNames: blockNames, headName: headName,
      gates: [(isBeforeReLU: true, squeeze: gate.squeeze, excite: gate.excite)], kernelSizes: 1...31
    ) { block in
      block.plain(plain)
        ?? block.branches(
          of: kernels + [names.pointwise], identity: names.identity
        ) { tensors throws(RepVGGError) in try MobileOneBlock.read(tensors, names: names) }
    }
  }
}
