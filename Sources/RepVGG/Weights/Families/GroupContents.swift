/// The tensors of one network of a file, sorted into blocks and the rest.
struct GroupContents {
  let family: CheckpointFamily
  /// The tensors of each block by their names in it.
  private(set) var blocks: [BlockKey: [TensorName: Tensor]] = [:]
  /// Tensors outside the stages that may belong to the classifier, by their names without the
  /// prefix.
  private(set) var head: [String: Tensor] = [:]
  /// Other tensors outside the stages, by their names without the prefix.
  private(set) var outside: [TensorName: Tensor] = [:]
  /// Counters and auxiliary heads: known, and not used in inference.
  private(set) var unused: [Tensor] = []
  /// Names in stages or blocks that are unknown there: the network is of another kind.
  private(set) var unexpected: [String] = []
  /// Pairs of names for the same tensor.
  private(set) var repeated: [(String, String)] = []
  /// What is stored outside the networks of the file.
  private(set) var beside: [Tensor] = []

  /// - Parameters:
  ///   - tensors: All tensors of the file.
  ///   - root: Where the group's blocks are.
  ///   - groups: The roots of all groups of the file.
  init(_ tensors: NamedTensors, root: NetworkRoot, groups: [NetworkRoot]) {
    family = root.family ?? .official
    let parent = root.parent
    let others = groups.map(\.parent).filter { $0 != parent }
    for entry in tensors.entries {
      // A group at the top of a file does not own those below it.
      let isOfOther = others.contains {
        entry.name.dropping($0) != nil && $0.bytes.count > parent.bytes.count
      }
      if let name = entry.name.dropping(root.prefix) {
        sort(entry, name, root: root.prefix, isOfOther: isOfOther)
      } else if isOfOther {
        continue
      } else if let name = entry.name.dropping(parent) {
        addOutside(entry.tensor, name)
      } else if !others.contains(where: { entry.name.dropping($0) != nil }) {
        beside.append(entry.tensor)
      }
    }
  }

  private mutating func sort(
    _ entry: NamedTensors.Entry, _ name: TensorName, root: TensorName, isOfOther: Bool
  ) {
    switch family.blockNames.place(of: name) {
    case .block(let key, let suffix):
      if let name = family.names[suffix] {
        if let other = blocks[key]?[name] { repeated.append((other.name, entry.tensor.name)) }
        blocks[key, default: [:]][name] = entry.tensor
      } else if Self.isCounter(suffix) {
        unused.append(entry.tensor)
      } else {
        unexpected.append(entry.tensor.name)
      }
    case .auxiliaryHead: unused.append(entry.tensor)
    case .stage:
      if Self.isCounter(name) {
        unused.append(entry.tensor)
      } else {
        unexpected.append(entry.tensor.name)
      }
    case .outside:
      if entry.address?.root == root {
        unexpected.append(entry.tensor.name)
      } else if !isOfOther {
        addOutside(entry.tensor, name)
      }
    }
  }

  private mutating func addOutside(_ tensor: Tensor, _ name: TensorName) {
    var other: Tensor?
    if Self.isCounter(name) {
      unused.append(tensor)
    } else if name.bytes.starts(with: "final_conv.".utf8) {
      // timm has another convolution there before pooling.
      unexpected.append(tensor.name)
    } else if name.bytes.allSatisfy({ $0 < 0x80 }),
      HeadAssembler.mayHold(name.text, ownName: family.headName)
    {
      other = head.updateValue(tensor, forKey: name.text)
    } else {
      other = outside.updateValue(tensor, forKey: name)
    }
    if let other { repeated.append((other.name, tensor.name)) }
  }

  /// Whether a name is that of a counter of batches, operations or parameters.
  private static func isCounter(_ name: TensorName) -> Bool {
    ["num_batches_tracked", "total_ops", "total_params"].contains {
      [last = name.lastComponent] in last.elementsEqual($0.utf8)
    }
  }
}
