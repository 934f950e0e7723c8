/// How one family of checkpoints names its blocks and their tensors.
struct NamingConvention: Sendable {
  /// How the blocks of a file are addressed.
  enum BlockNames: Sendable {
    /// `stage0`, `stage1.0`, …
    case official
    /// `stage0`, `stage1.blocks.0`, `stage3_first.blocks.0`, `stage3_second.blocks.0`, …
    case repVGGplus
    /// `stem`, `stages.0.0`, …
    case timm
    /// `backbone.stem`, `backbone.stage_1.0`, …
    case mmpretrain
  }

  let family: Family
  let blockNames: BlockNames
  let headName: String
  /// Tensor names within a block and what they are; the first name of a role is the one that
  /// messages use.
  let suffixes: [(name: String, role: TensorRole)]

  /// Where a tensor belongs, or nil if the name is not of this convention.
  func place(of name: String) -> TensorPlace? {
    if name.hasSuffix("num_batches_tracked") { return .ignored }
    if case .repVGGplus = blockNames, name.contains("_aux.") { return .ignored }
    if HeadAssembler.mayHold(name) { return .head }
    guard let (key, suffix) = splitBlock(name) else { return nil }
    return suffixes.first { $0.name == suffix }.map { .block(key, $0.role) }
  }

  /// The name of a role in a block.
  func name(of role: TensorRole, in key: BlockKey) -> String {
    let suffix = suffixes.first { $0.role == role }?.name ?? "?"
    return blockPrefix(key) + "." + suffix
  }

  func blockPrefix(_ key: BlockKey) -> String {
    switch blockNames {
    case .official: key.stage == 0 ? "stage0" : "stage\(key.stage).\(key.index)"
    case .repVGGplus:
      switch (key.stage, key.part) {
      case (0, _): "stage0"
      case (3, 0): "stage3_first.blocks.\(key.index)"
      case (3, _): "stage3_second.blocks.\(key.index)"
      default: "stage\(key.stage).blocks.\(key.index)"
      }
    case .timm: key.stage == 0 ? "stem" : "stages.\(key.stage - 1).\(key.index)"
    case .mmpretrain:
      key.stage == 0 ? "backbone.stem" : "backbone.stage_\(key.stage).\(key.index)"
    }
  }

  private func splitBlock(_ name: String) -> (BlockKey, String)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    func suffix(from index: Int) -> String { parts[index...].joined(separator: ".") }
    func key(_ stage: Int?, _ part: Int, _ index: Substring) -> BlockKey? {
      guard let stage, (1...4).contains(stage), let index = Self.number(index) else { return nil }
      return BlockKey(stage: stage, part: part, index: index)
    }
    switch blockNames {
    case .official:
      if parts.count > 1, parts[0] == "stage0" {
        return (BlockKey(stage: 0, index: 0), suffix(from: 1))
      }
      guard parts.count > 2, parts[0].hasPrefix("stage"),
        let found = key(Self.number(parts[0].dropFirst(5)), 0, parts[1])
      else { return nil }
      return (found, suffix(from: 2))
    case .repVGGplus:
      if parts.count > 1, parts[0] == "stage0" {
        return (BlockKey(stage: 0, index: 0), suffix(from: 1))
      }
      guard parts.count > 3, parts[1] == "blocks" else { return nil }
      let found: BlockKey? =
        switch parts[0] {
        case "stage1", "stage2", "stage4": key(Self.number(parts[0].dropFirst(5)), 0, parts[2])
        case "stage3_first": key(3, 0, parts[2])
        case "stage3_second": key(3, 1, parts[2])
        default: nil
        }
      return found.map { ($0, suffix(from: 3)) }
    case .timm:
      if parts.count > 1, parts[0] == "stem" {
        return (BlockKey(stage: 0, index: 0), suffix(from: 1))
      }
      guard parts.count > 3, parts[0] == "stages", let stage = Self.number(parts[1]), stage < 4,
        let found = key(stage + 1, 0, parts[2])
      else { return nil }
      return (found, suffix(from: 3))
    case .mmpretrain:
      guard parts.count > 2, parts[0] == "backbone" else { return nil }
      if parts[1] == "stem" { return (BlockKey(stage: 0, index: 0), suffix(from: 2)) }
      guard parts.count > 3, parts[1].hasPrefix("stage_"),
        let found = key(Self.number(parts[1].dropFirst(6)), 0, parts[2])
      else { return nil }
      return (found, suffix(from: 3))
    }
  }

  /// A block or stage number: digits only and small, so that arithmetic on it is safe.
  private static func number(_ text: Substring) -> Int? {
    guard (1...4).contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return nil
    }
    return Int(text)
  }
}
