/// Finds the blocks among the names of a checkpoint: every prefix is tried, and no network is known.
///
/// Time and memory are proportional to the names: only their last components are examined.
struct BlockFinder {
  /// A block that was found.
  struct Found {
    /// What its names start with, with the dot.
    let prefix: TensorName
    let family: BlockFamily
    let merges: [BlockFamily.Merge]
  }

  private let entries: [NamedTensors.Entry]
  private let indices: [TensorName: Int]
  private let options: MergingOptions
  /// What is stored under a prefix and may belong to a block there.
  private var sites: [TensorName: Site] = [:]
  private var taken: Set<Int> = []

  /// The blocks in order.
  private(set) var blocks: [Found] = []
  /// Blocks of which the file has the merged convolution too.
  private(set) var merged: [Found] = []
  /// The entries that the merged modules replace.
  private(set) var replaced: Set<Int> = []
  /// The code bases that were seen.
  private(set) var codeBases: Set<CodeBase> = []
  /// The epsilon that the blocks were read with.
  let epsilon: Double

  private struct Site {
    var roots: Set<TensorName> = []
    var members: [(index: Int, name: TensorName)] = []
  }

  /// How many components a tensor's name has in a block, at most.
  private static let depthLimit = 6

  /// Sorts the names; ``find()`` reads the blocks.
  init(_ entries: [NamedTensors.Entry], options: MergingOptions) {
    self.entries = entries
    self.options = options
    indices = Dictionary(
      entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    let roots = Set(BlockFamily.known.flatMap { $0.modules.compactMap(\.firstComponent) })
    for (index, entry) in entries.enumerated() {
      Self.place(entry.name, index, roots: roots, &sites, &codeBases)
    }
    // YOLOv7 is known by its blocks, and all batch norms have one epsilon.
    let module = TensorName("rbr_dense.0")
    if sites.values.contains(where: { $0.members.contains { $0.name.isIn(module) } }) {
      codeBases.insert(.yolov7)
    }
    epsilon = options.epsilon ?? codeBases.map(\.epsilon).max() ?? BatchNorm.defaultEpsilon
  }

  /// Finds and reads every block.
  ///
  /// - Throws: `badData` if a tensor of a block is missing, misshapen or unknown, by its name.
  mutating func find() throws(RepVGGError) {
    let prefixes = sites.keys.sorted()
    for family in BlockFamily.known where !family.needsOthers {
      for prefix in candidates(family, prefixes) { try read(family, at: prefix) }
    }
    guard !blocks.isEmpty || !merged.isEmpty else { return }
    for family in BlockFamily.known
    where family.needsOthers && codeBases.contains(family.codeBase) {
      for prefix in candidates(family, prefixes) { try read(family, at: prefix) }
    }
    blocks.sort { $0.prefix < $1.prefix }
  }

  /// Whether all blocks are RepVGG's in the stages of networks of known families, if there are any: what
  /// is wrong is then wrong with such a network.
  var isOfKnownNetwork: Bool {
    let prefixes = sites.keys.sorted()
    var known: Set<TensorName> = []
    for family in BlockFamily.known where !family.needsOthers {
      for prefix in candidates(family, prefixes) where !known.contains(prefix) {
        guard family.condition(tensors(at: prefix), sites[prefix]?.roots ?? []) else { continue }
        guard family.isOfKnownNetworks,
          BlockAddress(TensorName(prefix.text + "rbr_dense.conv.weight"), of: .known) != nil
        else { return false }
        known.insert(prefix)
      }
    }
    return true
  }

  private static func place(
    _ name: TensorName, _ index: Int, roots: Set<TensorName>, _ sites: inout [TensorName: Site],
    _ codeBases: inout Set<CodeBase>
  ) {
    var end = name.bytes.endIndex
    for _ in 0..<depthLimit {
      let start =
        name.bytes[..<end].lastIndex(of: .dot).map { $0 + 1 } ?? name.bytes.startIndex
      let component = name.bytes[start..<end]
      if let codeBase = CodeBase.shown(by: component) { codeBases.insert(codeBase) }
      let root = TensorName(bytes: component)
      if roots.contains(root) {
        let prefix = TensorName(bytes: name.bytes[..<start])
        sites[prefix, default: Site()].roots.insert(root)
        sites[prefix]?.members.append((index, TensorName(bytes: name.bytes[start...])))
      }
      guard start > name.bytes.startIndex else { return }
      end = start - 1
    }
  }

  /// Where a family's names are that no other block has taken.
  private func candidates(_ family: BlockFamily, _ prefixes: [TensorName]) -> [TensorName] {
    let markers = family.markers.map { TensorName($0) }
    let roots = Set(markers.compactMap(\.firstComponent))
    return prefixes.filter { prefix in
      guard let site = sites[prefix], !site.roots.isDisjoint(with: roots) else { return false }
      return site.members.contains { member in
        !taken.contains(member.index) && markers.contains { member.name.isIn($0) }
      }
    }
  }

  /// The tensors under a prefix that no other block has taken.
  private func tensors(at prefix: TensorName, _ used: UsedTensors? = nil) -> BlockTensors {
    let (entries, indices, taken) = (entries, indices, taken)
    return BlockTensors(prefix: prefix.text, epsilon: epsilon) { name in
      guard let index = indices[TensorName(name)], !taken.contains(index) else { return nil }
      used?.insert(index)
      return entries[index].tensor
    }
  }

  private mutating func read(
    _ family: BlockFamily, at prefix: TensorName
  ) throws(RepVGGError) {
    guard let site = sites[prefix] else { return }
    let used = UsedTensors()
    let block = tensors(at: prefix, used)
    guard family.condition(block, site.roots) else { return }
    used.removeAll()
    codeBases.insert(family.codeBase)
    let own = site.members.filter { member in
      !taken.contains(member.index) && family.modules.contains { member.name.isIn($0) }
    }
    let found = Found(
      prefix: prefix, family: family, merges: try family.read(block, options))
    var indicesOfBlock = used.indices
    if try isMerged(found, except: indicesOfBlock) {
      self.taken.formUnion(own.map(\.index) + indicesOfBlock)
      merged.append(found)
      return
    }
    for (index, name) in own where !indicesOfBlock.contains(index) {
      guard name.isCounter else {
        throw RepVGGError(
          .badData,
          "is not known in a block of \(family.name) (\(family.codeBase.rawValue)), or what it"
            + " belongs to is missing", tensor: entries[index].tensor.name)
      }
      indicesOfBlock.insert(index)
    }
    self.taken.formUnion(indicesOfBlock)
    let kept = family.kept.map { TensorName($0) }
    for index in indicesOfBlock {
      let name = entries[index].name.dropping(prefix) ?? entries[index].name
      if !kept.contains(where: { name.isIn($0) }) { replaced.insert(index) }
    }
    blocks.append(found)
  }

  /// Whether the file has what a block deploys to.
  private func isMerged(
    _ found: Found, except used: Set<Int>
  ) throws(RepVGGError) -> Bool {
    var stored: [String] = []
    var count = 0
    for merge in found.merges {
      for name in found.names(of: merge) {
        count += 1
        if let index = indices[name], !used.contains(index) {
          stored.append(entries[index].tensor.name)
        }
      }
    }
    guard stored.isEmpty || stored.count == count else {
      throw RepVGGError(
        .badData, "is part of a merged block whose branches the file has too", tensor: stored[0])
    }
    return !stored.isEmpty
  }
}

extension BlockFinder.Found {
  /// The names of weight and bias that a module deploys to.
  func names(of merge: BlockFamily.Merge) -> [TensorName] {
    let module = TensorName(
      bytes: prefix.bytes.dropLast(merge.module.isEmpty ? 1 : 0) + Array(merge.module.utf8))
    return [".weight", ".bias"].map { TensorName(bytes: module.bytes + Array($0.utf8)) }
  }
}

extension BlockFamily {
  /// Whether networks of known families consist of such blocks.
  fileprivate var isOfKnownNetworks: Bool { name == "RepVGG" || name == "CSLA" }

  /// Everything that belongs to a block.
  var modules: [TensorName] { (markers + others).map { TensorName($0) } }
}

extension TensorName {
  /// What comes before the first dot.
  var firstComponent: TensorName? { components.first.map { TensorName(bytes: $0) } }

  /// Whether it is a module's, or its tensor.
  func isIn(_ module: TensorName) -> Bool {
    guard let rest = dropping(module) else { return false }
    return rest.bytes.isEmpty || rest.bytes.first == .dot
  }

  /// Whether a prefix ends in a module of this name.
  func isModule(_ name: String) -> Bool {
    components.dropLast().last?.elementsEqual(name.utf8) ?? false
  }

  /// Whether it is not trained, and no inference needs it.
  var isCounter: Bool {
    ["num_batches_tracked", "total_ops", "total_params", "id_tensor"].contains {
      [last = lastComponent] in last.elementsEqual($0.utf8)
    }
  }
}
