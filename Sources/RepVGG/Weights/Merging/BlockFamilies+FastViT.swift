extension BlockFamily {
  /// FastViT's blocks under the names of timm and of its authors; those of RepLKNet are among them.
  static let fastViT: [BlockFamily] = [
    BlockFamily(
      "FastViT RepMixer", of: .timm,
      markers: ["mixer.conv_kxk", "mixer.conv_scale", "mixer.identity", "norm.identity"],
      others: ["mixer", "norm"], to: "reparam_conv"
    ) { block throws(RepVGGError) in try FastViTBlocks.readMixer(block) },
    BlockFamily(
      "FastViT RepMixer", of: .fastViT,
      markers: ["mixer.rbr_conv", "mixer.rbr_scale", "mixer.rbr_skip", "norm.rbr_skip"],
      others: ["mixer", "norm"], to: "reparam_conv"
    ) { block throws(RepVGGError) in try FastViTBlocks.readMixer(block, names: .apple) },
    BlockFamily(
      "large kernel", of: .fastViT, markers: ["lkb_origin"], others: ["small_conv"],
      to: "lkb_reparam"
    ) { block throws(RepVGGError) in
      try FastViTBlocks.readLargeKernel(block, large: "lkb_origin")
    },
    BlockFamily(
      "large kernel", of: .timm, markers: ["large_conv", "small_conv"], to: "reparam_conv"
    ) { block throws(RepVGGError) in try FastViTBlocks.readLargeKernel(block) }
    .with { $0.condition = { _, roots in roots.contains("large_conv") } },
    positionEncoding("pos_enc", of: .timm), positionEncoding("pe", of: .fastViT),
  ]

  private static func positionEncoding(_ module: String, of codeBase: CodeBase) -> BlockFamily {
    BlockFamily(
      "FastViT position encoding", of: codeBase, markers: [module], to: "reparam_conv"
    ) { block throws(RepVGGError) in
      try FastViTBlocks.readPositionEncoding(block, convolution: module)
    }
    .with {
      $0.needsOthers = true
      $0.condition = { block, _ in
        block["\(module).weight"].map { $0.shape.count == 4 && $0.shape[1] == 1 } ?? false
      }
    }
  }
}
