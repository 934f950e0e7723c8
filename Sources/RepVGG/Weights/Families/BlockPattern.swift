/// The position of a block in a file's names.
struct BlockKey: Hashable, Comparable {
  /// 0 for the stem, 1 to 4 for the stages.
  var stage: Int
  /// RepVGGplus: 1 for the second module of stage 3, else 0.
  var part = 0
  var index: Int

  static func < (left: BlockKey, right: BlockKey) -> Bool {
    (left.stage, left.part, left.index) < (right.stage, right.part, right.index)
  }
}

/// How a file writes the positions of its blocks: a list of pieces, by which names are both written
/// and parsed.
package struct BlockPattern: Hashable, Sendable {
  private enum Piece: Hashable, Sendable { case text(TensorName), stage, module, index }

  /// The first block: `stage0`, `stem`.
  let stem: TensorName
  /// What comes before a stage's number: `stage`, `stages.`, `stage_`.
  let word: TensorName
  /// The number of the first stage after the stem, 0 or 1.
  private let firstStage: Int
  /// RepVGGplus: `stage1.blocks.0`, and a stage 3 of two modules.
  let isSplit: Bool
  private let pieces: [Piece]

  /// For example `stem` and, with the word `stages.` and stages from 0, `stages.0.0`.
  package init(stem: String, word: String, firstStage: Int = 1, isSplit: Bool = false) {
    self.stem = TensorName(stem)
    self.word = TensorName(word)
    self.firstStage = firstStage
    self.isSplit = isSplit
    let module: [Piece] = isSplit ? [.module] : []
    pieces =
      [.text(self.word), .stage] + module + [.text(TensorName(isSplit ? ".blocks." : ".")), .index]
  }

  /// The beginning of the names of a block's tensors, without the dot.
  func prefix(of key: BlockKey) -> String {
    guard key.stage > 0 else { return stem.text }
    return pieces.reduce(into: "") { name, piece in
      switch piece {
      case .text(let text): name += text.text
      case .stage: name += "\(key.stage - 1 + firstStage)"
      case .module: name += key.stage == 3 ? Self.modules[key.part] : ""
      case .index: name += "\(key.index)"
      }
    }
  }

  /// RepVGGplus: the modules of stage 3.
  private static let modules = ["_first", "_second"]

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
    var key = BlockKey(stage: 0, index: 0)
    if let rest = name.dropping(stem), rest.bytes.first == .dot {
      return .block(key, suffix: TensorName(bytes: rest.bytes.dropFirst()))
    }
    guard name.dropping(word) != nil else { return .outside }
    var rest = name.bytes
    for piece in pieces {
      let component = rest.prefix { $0 != .dot }
      switch piece {
      case .text(let text):
        guard rest.starts(with: text.bytes) else { return .stage }
        rest = rest.dropFirst(text.bytes.count)
      case .stage:
        let digits = component.prefix(while: \.isDigit)
        guard !digits.isEmpty else { return word.bytes.last == .dot ? .stage : .outside }
        if component.reversed().starts(with: "_aux".utf8.reversed()) { return .auxiliaryHead }
        guard let number = digits.smallNumber, (1...4).contains(number - firstStage + 1) else {
          return .stage
        }
        key.stage = number - firstStage + 1
        rest = rest.dropFirst(digits.count)
      case .module:
        guard key.stage == 3 else { continue }
        guard let part = Self.modules.firstIndex(where: { rest.starts(with: $0.utf8) }) else {
          return .stage
        }
        key.part = part
        rest = rest.dropFirst(Self.modules[part].utf8.count)
      case .index:
        guard let index = component.smallNumber else { return .stage }
        key.index = index
        rest = rest.dropFirst(component.count)
      }
    }
    guard rest.first == .dot else { return .stage }
    return .block(key, suffix: TensorName(bytes: rest.dropFirst()))
  }
}
