extension BlockFamily {
  /// RepViT, of its authors and timm: every batch norm merges.
  static let repViT: [BlockFamily] = [
    BlockFamily(
      "RepViT depthwise", of: .repViT, markers: ["conv.c"], others: ["conv", "conv1", "bn"], to: ""
    ) { block throws(RepVGGError) in try RepViTBlock.read(block) }
    .with { $0.condition = { _, roots in roots.contains("conv1") } },
    classifier("head"), classifier("classifier"),
    BlockFamily("linear layer", of: .repViT, markers: ["l"], others: ["bn"], to: "") {
      block throws(RepVGGError) in try NormedLayer.read(block, norm: "bn", layer: "l")
    }
    .with {
      $0.needsOthers = true
      $0.condition = { _, roots in roots == [TensorName("l"), TensorName("bn")] }
    },
    BlockFamily("convolution", of: .repViT, markers: ["c", "bn"], to: "") {
      block throws(RepVGGError) in try NormedLayer.read(block, layer: "c", norm: "bn")
    }
    .with {
      $0.needsOthers = true
      // A batch norm by itself has lost its convolution.
      $0.condition = { block, roots in
        block["c.weight"] != nil
          || block.hasNorm("bn") && roots.isSubset(of: [TensorName("c"), TensorName("bn")])
      }
    },
  ]

  /// A module `head` with a layer `head`, and with `head_dist` where it was distilled.
  private static func classifier(_ module: String) -> BlockFamily {
    BlockFamily(
      "classifier", of: .repViT, markers: ["\(module).l", "\(module)_dist.l"],
      others: [module, "\(module)_dist"]
    ) { (block, _) throws(RepVGGError) in
      let isDistilled = block["\(module)_dist.l.weight"] != nil
      return [
        Merge(
          module: "",
          block: try NormedLayer.readMean(
            block, isDistilled ? [module, "\(module)_dist"] : [module]),
          assumption: isDistilled ? "the mean of two classifiers, as in inference" : nil)
      ]
    }
    .with {
      $0.needsOthers = true
      $0.condition = { block, _ in TensorName(block.prefix).isModule(module) }
    }
  }
}
