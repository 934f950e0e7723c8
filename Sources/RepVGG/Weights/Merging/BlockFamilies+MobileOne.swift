extension BlockFamily {
  /// MobileOne's block under the names of three code bases, and PP-LCNetV3.
  static let mobileOne: [BlockFamily] = [
    BlockFamily(
      "MobileOne", of: .mobileOne, markers: ["rbr_conv", "rbr_scale", "rbr_skip"],
      to: "reparam_conv"
    ) { block throws(RepVGGError) in try MobileOneBlock.read(block, names: .apple) },
    BlockFamily(
      "PP-LCNetV3", of: .lcNet, markers: ["conv_kxk", "conv_1x1"], others: ["identity"],
      to: "reparam_conv"
    ) { block throws(RepVGGError) in try MobileOneBlock.read(block, names: .lcNetV3) }
    .with {
      // Upstream's rep() adds the merged convolution and leaves the branches.
      $0.kept = ["conv_kxk", "conv_1x1", "identity"]
      $0.condition = { block, _ in
        block["lab.scale"] != nil || block["lab.bias"] != nil
          || block["conv_1x1.conv.weight"] != nil && block["conv_kxk.0.conv.weight"] != nil
      }
    },
    BlockFamily(
      "MobileOne", of: .timm, markers: ["conv_kxk", "conv_scale"], others: ["identity"],
      to: "reparam_conv"
    ) { block throws(RepVGGError) in try MobileOneBlock.read(block, names: .timm) }
    .with {
      $0.condition = { block, _ in
        ["conv_kxk.0", "conv_kxk.1", "conv_scale"].contains { block.hasBranch($0) }
      }
    },
    BlockFamily(
      "MobileOne", of: .mmpretrain, markers: ["branch_conv_list", "branch_scale"],
      others: ["branch_norm"], to: "branch_reparam"
    ) { block throws(RepVGGError) in try MobileOneBlock.read(block, names: .mmpretrain) },
  ]

  /// RepGhost, of its authors and timm.
  static let repGhost: [BlockFamily] = [
    BlockFamily(
      "RepGhost", of: .repGhost, markers: ["fusion_bn"], others: ["cheap_operation"],
      to: "cheap_operation"
    ) { block throws(RepVGGError) in try GhostBlock.read(block) }
    .with { $0.condition = { _, roots in roots.contains("cheap_operation") } }
  ]
}
