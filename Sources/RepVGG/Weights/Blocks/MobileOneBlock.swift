/// MobileOne: several kernels of one size, a 1x1 kernel and a batch norm, summed.
///
/// FastViT and PP-LCNetV3 build on it.
package enum MobileOneBlock {
  /// The names of a block's branches.
  package struct Names: Sendable {
    let kernels: String
    let pointwise: String
    let identity: String
    /// Whether the kernels are a list; else there is one.
    var isNumbered = true

    /// apple/ml-mobileone; deploys to `reparam_conv`.
    package static let apple = Names(
      kernels: "rbr_conv", pointwise: "rbr_scale", identity: "rbr_skip")
    /// timm; deploys to `reparam_conv`.
    package static let timm = Names(
      kernels: "conv_kxk", pointwise: "conv_scale", identity: "identity")
    /// PaddleOCR's and OpenOCR's PP-LCNetV3; deploys to `reparam_conv`.
    package static let lcNetV3 = Names(
      kernels: "conv_kxk", pointwise: "conv_1x1", identity: "identity")
    /// mmpretrain; deploys to `branch_reparam`.
    package static let mmpretrain = Names(
      kernels: "branch_conv_list", pointwise: "branch_scale", identity: "branch_norm")
    /// timm's RepVGG, with one kernel; deploys to `reparam_conv`.
    package static let timmRepVGG = Names(
      kernels: "conv_kxk", pointwise: "conv_1x1", identity: "identity", isNumbered: false)
    /// mmpretrain's RepVGG, with one kernel; deploys to `branch_reparam`.
    package static let mmpretrainRepVGG = Names(
      kernels: "branch_3x3", pointwise: "branch_1x1", identity: "branch_norm", isNumbered: false)
  }

  /// The block with tensors `rbr_conv.0.conv.weight` and so on.
  ///
  /// The learnable affine blocks of PP-LCNetV3, `lab` and `act.lab`, come after it and stay.
  package static func read(
    _ block: BlockTensors, names: Names
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernels =
      names.isNumbered
      ? (0..<block.countBranches(names.kernels)).map { "\(names.kernels).\($0)" }
      : [names.kernels]
    let kernel = try block.kernel("\(kernels.first ?? names.pointwise).conv.weight")
    let identity = try block.optionalNorm(names.identity)
    let layout = try BlockLayout(
      block, kernel, groups: identity.map { _ in BlockLayout.identityGroups(kernel) })
    var branches: [LinearExpression] = []
    for module in kernels + (block.hasBranch(names.pointwise) ? [names.pointwise] : []) {
      branches.append(try layout.branch("\(module).conv", "\(module).bn"))
    }
    if let identity { branches.append(identity) }
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }
}
