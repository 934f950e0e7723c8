/// How a file writes the positions of its blocks.
struct BlockNames: Hashable, Sendable {
  /// The first block: `stage0`, `stem`.
  var stem: TensorName
  /// What comes before a stage's number: `stage`, `stages.`, `stage_`.
  var word: TensorName
  /// The number of the first stage after the stem, 0 or 1.
  var firstStage: Int
  /// RepVGGplus: `stage1.blocks.0`, and a stage 3 of two modules.
  var isSplit = false

  /// For example `stage0` and `stage1.0`.
  static let official = BlockNames(
    stem: TensorName("stage0"), word: TensorName("stage"), firstStage: 1)
  /// For example `stage0`, `stage1.blocks.0`, `stage3_first.blocks.0` and `stage3_second.blocks.0`.
  static let repVGGplus = BlockNames(
    stem: TensorName("stage0"), word: TensorName("stage"), firstStage: 1, isSplit: true)

  /// For example `stem` and `stages.0.0`.
  static let timm = BlockNames(
    stem: TensorName("stem"), word: TensorName("stages."), firstStage: 0)
  /// For example `stem` and `stage_1.0`.
  static let mmpretrain = BlockNames(
    stem: TensorName("stem"), word: TensorName("stage_"), firstStage: 1)

  /// Where a name belongs.
  enum Place {
    case block(BlockKey, suffix: TensorName)
    /// A classifier that helped in training, after a stage.
    case auxiliaryHead
    /// In a stage, but not in one of its blocks.
    case stage
    /// Not in a stage.
    case outside
  }

  /// Where a name belongs, without the prefix of its network.
  func place(of name: TensorName) -> Place {
    if let rest = name.dropping(stem), rest.bytes.first == .dot {
      return .block(
        BlockKey(stage: 0, index: 0), suffix: TensorName(bytes: rest.bytes.dropFirst()))
    }
    guard let rest = name.dropping(word) else { return .outside }
    // Long enough for `1_second.blocks.1023.` and the longest name in a block.
    var parts = rest.bytes.split(separator: .dot, maxSplits: 3, omittingEmptySubsequences: false)
    guard let first = parts.first, let digit = first.first, digit.isDigit else {
      return word.bytes.last == .dot ? .stage : .outside
    }
    let isAuxiliary = first.count > 4 && first.reversed().starts(with: "_aux".utf8.reversed())
    if isAuxiliary { return .auxiliaryHead }
    let end = first.firstIndex { !$0.isDigit } ?? first.endIndex
    let part = Self.parts[String(decoding: first[end...], as: UTF8.self)]
    parts.removeFirst()
    if isSplit {
      guard parts.first?.elementsEqual("blocks".utf8) == true else { return .stage }
      parts.removeFirst()
    }
    guard let part, let number = first[..<end].smallNumber, let index = parts.first?.smallNumber,
      let suffix = parts.dropFirst().first
    else { return .stage }
    let key = BlockKey(stage: number - firstStage + 1, part: max(0, part), index: index)
    // Split stages have parts, others do not.
    guard (1...4).contains(key.stage), (part >= 0) == (isSplit && key.stage == 3) else {
      return .stage
    }
    return .block(key, suffix: TensorName(bytes: name.bytes[suffix.startIndex...]))
  }

  private static let parts = ["": -1, "_first": 0, "_second": 1]

  /// The beginning of the names of a block's tensors, without the dot.
  func prefix(of key: BlockKey) -> String {
    guard key.stage > 0 else { return stem.text }
    let stage = "\(word.text)\(key.stage - 1 + firstStage)"
    guard isSplit else { return "\(stage).\(key.index)" }
    let part = key.stage == 3 ? key.part == 0 ? "_first" : "_second" : ""
    return "\(stage)\(part).blocks.\(key.index)"
  }
}
