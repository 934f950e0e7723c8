/// MobileOne: several kernels of one size, a 1x1 kernel and a batch norm, summed.
///
/// FastViT and PP-LCNetV3 build on it.
package enum MobileOneBlock {
  /// The names of a block's branches.
  package struct Names: Sendable {
    let kernels: String
    let pointwise: String
    let identity: String

    /// apple/ml-mobileone; deploys to `reparam_conv`.
    package static let apple = Names(
      kernels: "rbr_conv", pointwise: "rbr_scale", identity: "rbr_skip")
    /// timm; deploys to `reparam_conv`.
    package static let timm = Names(
      kernels: "conv_kxk", pointwise: "conv_scale", identity: "identity")
    /// PaddleOCR's and OpenOCR's PP-LCNetV3; deploys to `reparam_conv`.
    package static let lcNetV3 = Names(
      kernels: "conv_kxk", pointwise: "conv_1x1", identity: "identity")
  }

  /// The block with tensors `rbr_conv.0.conv.weight` and so on.
  ///
  /// The learnable affine blocks of PP-LCNetV3, `lab` and `act.lab`, come after it and stay.
  package static func read(
    _ block: BlockTensors, names: Names
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let count = block.count { "\(names.kernels).\($0).conv.weight" }
    let kernel = try block.kernel(
      count > 0 ? "\(names.kernels).0.conv.weight" : "\(names.pointwise).conv.weight")
    let identity = try block.optionalNorm(names.identity)
    let layout = try BlockLayout(
      block, kernel, groups: identity.map { _ in BlockLayout.identityGroups(kernel) })
    var branches: [LinearExpression] = []
    for module in (0..<count).map({ "\(names.kernels).\($0)" }) + [names.pointwise]
    where block["\(module).conv.weight"] != nil {
      branches.append(try layout.convolution(module))
    }
    if let identity { branches.append(identity) }
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }
}
