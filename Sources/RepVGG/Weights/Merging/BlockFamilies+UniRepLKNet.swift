extension BlockFamily {
  /// UniRepLKNet: the depthwise half of a block, its projection, and dilated branches by themselves.
  static let uniRepLKNet: [BlockFamily] = [
    depthwise(["dwconv.lk_origin", "dwconv.origin_bn"], to: "dwconv.lk_origin"),
    BlockFamily(
      "UniRepLKNet projection", of: .uniRepLKNet, markers: ["pwconv2.2"], others: ["pwconv2"],
      to: "pwconv2.0"
    ) { block throws(RepVGGError) in try UniRepLKNetBlock.readProjection(block) }
    .with { $0.condition = { block, _ in block["act.1.gamma"] != nil } },
    BlockFamily(
      "UniRepLKNet dilated branches", of: .uniRepLKNet, markers: ["lk_origin"],
      others: ["origin_bn"], to: "lk_origin"
    ) { block throws(RepVGGError) in try DilatedBlock.read(block) },
    depthwise(["dwconv", "norm"], to: "dwconv").with {
      $0.needsOthers = true
      // Where layers are normalized instead, nothing merges.
      $0.condition = { block, roots in
        roots.contains(TensorName("pwconv2"))
          && (block["norm.running_var"] ?? block["norm.running_mean"]) != nil
      }
    },
  ]

  private static func depthwise(_ markers: [String], to module: String) -> BlockFamily {
    BlockFamily(
      "UniRepLKNet depthwise", of: .uniRepLKNet, markers: markers, others: ["dwconv", "norm"],
      to: module
    ) { block throws(RepVGGError) in try UniRepLKNetBlock.readDepthwise(block) }
  }
}
