/// How one family of checkpoints names its blocks and their tensors.
struct NamingConvention: Sendable {
  let family: Family
  /// How blocks are addressed; files of a family may deviate.
  var blockNames: BlockNames
  let headName: String
  /// Tensor names within a block and their roles; messages use the first name of a role.
  let suffixes: [(name: String, role: TensorRole)]
  /// The roles by name.
  let roles: [TensorName: TensorRole]

  init(
    family: Family, blockNames: BlockNames, headName: String,
    suffixes: [(name: String, role: TensorRole)]
  ) {
    self.family = family
    self.blockNames = blockNames
    self.headName = headName
    self.suffixes = suffixes
    roles = Dictionary(
      suffixes.map { (TensorName($0.name), $0.role) }, uniquingKeysWith: { first, _ in first })
  }

  /// The name of a role in a block.
  func name(of role: TensorRole, in key: BlockKey) -> String {
    let suffix = suffixes.first { $0.role == role }?.name ?? "?"
    return blockPrefix(key) + "." + suffix
  }

  func blockPrefix(_ key: BlockKey) -> String { blockNames.prefix(of: key) }

  /// Whether some family has tensors with this name in its blocks.
  static func isKnown(_ suffix: TensorName) -> Bool { known.contains(suffix) }

  private static let known = Set(all.flatMap(\.roles.keys))

  /// Whether a convention's names are so common that they count only in stages with its own names:
  /// `conv.weight` and `bn.weight` may belong to any network.
  var needsOwnBlockNames: Bool {
    switch family {
    case .repOptTarget, .repOptScaled, .repOptBaseline: true
    case .official, .repVGGplus, .timm, .mmpretrain: false
    }
  }
}
