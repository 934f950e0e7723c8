/// A prefix under which a file has block names, and how it writes them.
struct NetworkRoot {
  /// The beginning of the names of the blocks' tensors; empty, or ending in a dot.
  let prefix: TensorName
  private let families: CheckpointFamilies
  private var stems: [TensorName: Int] = [:]
  private var words: [Word: Int] = [:]
  private var hasStageZero: Set<Word> = []
  private var suffixes: [TensorName: Int] = [:]
  /// Whether a deployed block has a kernel of one pixel, as only some families have.
  private var hasPointwiseBlock = false

  private struct Word: Hashable, Comparable {
    let bytes: TensorName
    let isSplit: Bool

    static func < (left: Word, right: Word) -> Bool {
      left.bytes == right.bytes ? !left.isSplit && right.isSplit : left.bytes < right.bytes
    }
  }

  /// The beginning of all names of the network: a head is next to the `backbone`, not in it.
  var parent: TensorName {
    guard let parent = prefix.droppingLast("backbone."),
      parent.bytes.isEmpty || parent.bytes.last == .dot
    else { return prefix }
    return parent
  }

  /// The longest prefix that is examined; nested modules do not reach it, attacks do.
  private static let prefixByteLimit = 1024

  /// Every prefix in the file, sorted.
  static func all(in tensors: NamedTensors) -> [NetworkRoot] {
    var roots: [TensorName: NetworkRoot] = [:]
    for entry in tensors.entries {
      guard let address = entry.address, address.root.bytes.count <= prefixByteLimit else {
        continue
      }
      roots[
        address.root, default: NetworkRoot(prefix: address.root, families: tensors.families)
      ].add(address, shape: entry.tensor.shape)
    }
    return roots.values.sorted { $0.prefix < $1.prefix }
  }

  private mutating func add(_ address: BlockAddress, shape: [Int]) {
    suffixes[address.suffix, default: 0] += 1
    if shape.count == 4, shape[2] == 1, shape[3] == 1,
      families.all.contains(where: {
        $0.isOfSeveralSizes && $0.plainNames.first == address.suffix
      })
    {
      hasPointwiseBlock = true
    }
    switch address.site {
    case .stem(let name): stems[name, default: 0] += 1
    case .block(let bytes, let isSplit, let stage):
      let word = Word(bytes: bytes, isSplit: isSplit)
      words[word, default: 0] += 1
      if stage == 0 { hasStageZero.insert(word) }
    }
  }

  /// Tensors whose names end like those of blocks.
  var tensorCount: Int { suffixes.values.reduce(0, +) }

  /// Whether there is a network: a first block, another one, and what inference needs of them.
  ///
  /// Inference needs running statistics, or a single convolution. Gradients and momenta under the
  /// names of blocks have neither.
  var isWhole: Bool {
    !stems.isEmpty && !words.isEmpty
      && suffixes.keys.contains { suffix in
        suffix.droppingLast(".running_var") != nil
          || families.all.contains { $0.plainNames.first == suffix }
      }
  }

  /// The family that knows most of the names, and how the file writes the positions of its blocks;
  /// nil if no family knows any.
  var family: CheckpointFamily? {
    let names = blockNames
    func score(_ family: CheckpointFamily) -> Int {
      guard family.blockNames.isSplit == names.isSplit,
        !family.needsOwnBlockNames || names == family.blockNames,
        !hasPointwiseBlock || family.isOfSeveralSizes
      else { return 0 }
      let count = suffixes.reduce(0) { family.names[$1.key] == nil ? $0 : $0 + $1.value }
      // Several families give deployed blocks the same names.
      let isOwnPattern = hasPointwiseBlock && names == family.blockNames
      return 2 * count + (count > 0 && isOwnPattern ? 1 : 0)
    }
    let scores = families.all.map(score)
    guard let best = scores.max(), best > 0, let index = scores.firstIndex(of: best) else {
      return nil
    }
    var family = families.all[index]
    family.blockNames = names
    return family
  }

  private var blockNames: BlockPattern {
    func mostFrequent<Key: Comparable>(_ counts: [Key: Int]) -> Key? {
      counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
    let word = mostFrequent(words) ?? Word(bytes: Self.usual.word, isSplit: false)
    let isNumbered = word.bytes.bytes.last.map { $0 != .dot && $0 != UInt8(ascii: "_") } ?? true
    let stem =
      mostFrequent(stems)
      ?? (isNumbered ? TensorName(word.bytes.text + "0") : Self.unnumbered.stem)
    // If the stem is called stage 0, no other stage is.
    let startsAtZero =
      stem == Self.unnumbered.stem
      && (hasStageZero.contains(word) || word.bytes == Self.unnumbered.word)
    return BlockPattern(
      stem: stem.text, word: word.bytes.text, firstStage: startsAtZero ? 0 : 1,
      isSplit: word.isSplit)
  }

  /// Where the stem is stage 0.
  private static let usual = CheckpointFamily.official.blockNames
  /// Where the stem has a name of its own, and stages are numbered from 0.
  private static let unnumbered = CheckpointFamily.timm.blockNames
}
