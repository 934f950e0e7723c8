extension NamingConvention {
  /// Every convention in which checkpoints are read.
  static let all: [NamingConvention] = [
    official, repVGGplus, timm, mmpretrain, repOptTarget, repOptScaled, repOptBaseline,
  ]

  static let official = NamingConvention(
    family: .official, blockNames: .official, headName: "linear",
    suffixes: officialBranches + gate(.beforeActivation, "se.down", "se.up")
      + gate(.afterActivation, "post_se.down", "post_se.up"))

  static let repVGGplus = NamingConvention(
    family: .repVGGplus, blockNames: .repVGGplus, headName: "linear",
    suffixes: officialBranches + gate(.afterActivation, "post_se.down", "post_se.up"))

  static let timm = NamingConvention(
    family: .timm, blockNames: .timm, headName: "head.fc",
    suffixes: [("conv_kxk.conv.weight", .kernel(.spatial))] + norm("conv_kxk.bn", .spatial)
      + [("conv_1x1.conv.weight", .kernel(.pointwise))] + norm("conv_1x1.bn", .pointwise)
      + norm("identity", .identity) + plain("reparam_conv")
      + gate(.beforeActivation, "attn.fc1", "attn.fc2"))

  static let mmpretrain = NamingConvention(
    family: .mmpretrain, blockNames: .mmpretrain, headName: "head.fc",
    suffixes: [("branch_3x3.conv.weight", .kernel(.spatial))] + norm("branch_3x3.norm", .spatial)
      + [("branch_1x1.conv.weight", .kernel(.pointwise))] + norm("branch_1x1.norm", .pointwise)
      + norm("branch_norm", .identity) + plain("branch_reparam")
      + gate(.beforeActivation, "se_layer.conv1.conv", "se_layer.conv2.conv")
      + gate(.beforeActivation, "se_layer.conv1", "se_layer.conv2"))

  static let repOptTarget = NamingConvention(
    family: .repOptTarget, blockNames: .official, headName: "linear",
    suffixes: [("conv.weight", .kernel(.spatial))] + sharedNorm
      + gate(.afterActivation, "post_se.down", "post_se.up"))

  static let repOptScaled = NamingConvention(
    family: .repOptScaled, blockNames: .official, headName: "linear",
    suffixes: [
      ("conv.weight", .kernel(.spatial)), ("scale_conv.weight", .scale(.spatial)),
      ("conv_1x1.weight", .kernel(.pointwise)), ("scale_1x1.weight", .scale(.pointwise)),
      ("scale_identity.weight", .scale(.identity)),
    ] + sharedNorm + gate(.afterActivation, "post_se.down", "post_se.up"))

  static let repOptBaseline = NamingConvention(
    family: .repOptBaseline, blockNames: .official, headName: "linear",
    suffixes: [("conv_3x3.weight", .kernel(.spatial))] + norm("bn_3x3", .spatial)
      + [("conv_1x1.weight", .kernel(.pointwise))] + norm("bn_1x1", .pointwise)
      + norm("bn_identity", .identity) + gate(.afterActivation, "post_se.down", "post_se.up"))

  private typealias Suffixes = [(name: String, role: TensorRole)]

  private static let officialBranches: Suffixes =
    [("rbr_dense.conv.weight", .kernel(.spatial))] + norm("rbr_dense.bn", .spatial)
    + [("rbr_1x1.conv.weight", .kernel(.pointwise))] + norm("rbr_1x1.bn", .pointwise)
    + norm("rbr_identity", .identity) + plain("rbr_reparam")

  private static let sharedNorm: Suffixes = TensorRole.NormEntry.allCases.map {
    ("bn.\($0.rawValue)", .sharedNorm($0))
  }

  private static func norm(_ prefix: String, _ branch: TensorRole.Branch) -> Suffixes {
    TensorRole.NormEntry.allCases.map { ("\(prefix).\($0.rawValue)", .norm(branch, $0)) }
  }

  private static func plain(_ prefix: String) -> Suffixes {
    TensorRole.AffineEntry.allCases.map { ("\(prefix).\($0.rawValue)", .plain($0)) }
  }

  private static func gate(
    _ placement: Architecture.Gate.Placement, _ squeeze: String, _ excite: String
  ) -> Suffixes {
    TensorRole.AffineEntry.allCases.flatMap {
      [
        ("\(squeeze).\($0.rawValue)", .gate(placement, .squeeze, $0)),
        ("\(excite).\($0.rawValue)", .gate(placement, .excite, $0)),
      ]
    }
  }
}
