/// A tensor's name, parsed: the prefix of its network, the block, and the name within the block.
///
/// Names are parsed from the end, because only the end is known: `rbr_dense.conv.weight` is a
/// tensor of a block, the `stage1.0` before it is the block, and everything before that is a
/// prefix, whatever it is and however long.
struct BlockAddress {
  /// How a file writes the position of a block.
  enum Site: Hashable {
    /// The first block; this is its whole name: `stage0`, `stem`.
    case stem(TensorName)
    /// Any other block. `stage1.0`, `stages.0.0`, `stage_1.0`, `layer1.0` have the words `stage`,
    /// `stages.`, `stage_`, `layer`; `stage1.blocks.0` is split, as in RepVGGplus.
    case block(word: TensorName, isSplit: Bool, stage: Int)
  }

  /// The prefix, with its dot; empty for names at the top of a file.
  let root: TensorName
  let site: Site
  /// The name within the block.
  let suffix: TensorName

  /// Parses a name; nil if it does not end in a name that some family has in its blocks.
  init?(_ name: TensorName, of families: CheckpointFamilies) {
    // Three components are the block's.
    let limit = families.componentLimit + 3
    // Where the last components begin, in reverse order.
    var starts: [Int] = []
    var index = name.bytes.endIndex
    while index > name.bytes.startIndex, starts.count < limit {
      index -= 1
      if name.bytes[index] == .dot { starts.append(index + 1) }
    }
    if index == name.bytes.startIndex, starts.count < limit { starts.append(index) }
    for count in stride(from: families.componentLimit, through: 1, by: -1)
    where count < starts.count {
      let suffix = TensorName(bytes: name.bytes[starts[count - 1]...])
      guard families.suffixes.contains(suffix),
        let (site, start) = Self.site(in: name.bytes, starts: starts[(count - 1)...])
      else { continue }
      root = TensorName(bytes: name.bytes[..<start])
      self.site = site
      self.suffix = suffix
      return
    }
    return nil
  }

  /// The block whose name ends before `starts.first`, and where its name begins.
  private static func site(
    in bytes: ArraySlice<UInt8>, starts: ArraySlice<Int>
  ) -> (Site, start: Int)? {
    let starts = Array(starts)
    func component(_ index: Int) -> ArraySlice<UInt8> {
      index < starts.count ? bytes[starts[index]..<starts[index - 1] - 1] : []
    }
    let last = component(1)
    if last.elementsEqual("stem".utf8) { return (.stem(TensorName(bytes: last)), starts[1]) }
    if let (_, number) = last.wordAndNumber {
      return number == 0 ? (.stem(TensorName(bytes: last)), starts[1]) : nil
    }
    guard let number = last.smallNumber else { return nil }
    let previous = component(2)
    if previous.elementsEqual("blocks".utf8) {
      let stage = component(3)
      let part = ["_first", "_second"].first { stage.reversed().starts(with: $0.utf8.reversed()) }
      guard let (word, number) = stage.dropLast(part?.utf8.count ?? 0).wordAndNumber else {
        return nil
      }
      let site = Site.block(word: TensorName(bytes: word), isSplit: true, stage: number)
      return (site, starts[3])
    }
    if let (word, stage) = previous.wordAndNumber {
      return (.block(word: TensorName(bytes: word), isSplit: false, stage: stage), starts[2])
    }
    if let stage = previous.smallNumber, component(3).isWord {
      let word = TensorName(bytes: bytes[starts[3]..<starts[2]])
      return (.block(word: word, isSplit: false, stage: stage), starts[3])
    }
    if number == 0, previous.isWord {
      return (.stem(TensorName(bytes: bytes[starts[2]..<starts[0] - 1])), starts[2])
    }
    return nil
  }
}
