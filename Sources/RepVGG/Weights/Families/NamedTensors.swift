/// The tensors of a checkpoint with their parsed names, sorted by name.
struct NamedTensors {
  struct Entry {
    /// The name without the components that compilation or sharding wrappers insert.
    var name: TensorName
    /// The tensor, named as in the file.
    var tensor: Tensor
    /// The parsed name, if it ends like names in blocks.
    var address: BlockAddress?
  }

  private(set) var entries: [Entry]
  /// The families whose names were looked for.
  let families: CheckpointFamilies

  /// - Throws: `badData` for a pruned tensor whose mask has another shape.
  init(_ checkpoint: Checkpoint, of families: CheckpointFamilies) throws(RepVGGError) {
    self.families = families
    var entries = checkpoint.tensors.map { name, tensor in
      var tensor = tensor
      if tensor.name.isEmpty { tensor.name = name }
      return Entry(name: Self.unwrapped(TensorName(name)), tensor: tensor)
    }
    try Self.applyMasks(&entries)
    // Entries are large, so their names are sorted.
    var order = entries.enumerated().map { (name: $1.name, index: $0) }
    order.sort { left, right in
      left.name == right.name
        ? TensorName(entries[left.index].tensor.name) < TensorName(entries[right.index].tensor.name)
        : left.name < right.name
    }
    self.entries = order.map { name, index in
      var entry = entries[index]
      entry.address = BlockAddress(name, of: families)
      return entry
    }
  }

  /// A name without the components that `torch.compile`, FSDP and activation checkpointing insert
  /// anywhere in it.
  private static func unwrapped(_ name: TensorName) -> TensorName {
    let bytes = name.bytes
    var kept: [UInt8] = []
    // Where the part begins that has not been copied yet.
    var copied = bytes.startIndex
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: .dot) ?? bytes.endIndex
      let next = min(end + 1, bytes.endIndex)
      if bytes[start] == UInt8(ascii: "_"), end < bytes.endIndex,
        wrappers.contains(where: { bytes[start..<end].elementsEqual($0.utf8) })
      {
        kept += bytes[copied..<start]
        copied = next
      }
      start = next
    }
    return copied == bytes.startIndex
      ? name : TensorName(bytes: (kept + bytes[copied...])[...])
  }

  private static let wrappers = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]

  /// Replaces `weight_orig` and `weight_mask`, which pruning creates, by `weight`.
  private static func applyMasks(_ entries: inout [Entry]) throws(RepVGGError) {
    var masks: [TensorName: Int] = [:]
    for (index, entry) in entries.enumerated() {
      if let name = entry.name.droppingLast("_mask") { masks[name] = index }
    }
    guard !masks.isEmpty else { return }
    var applied: Set<Int> = []
    for index in entries.indices {
      guard let name = entries[index].name.droppingLast("_orig"), let maskIndex = masks[name] else {
        continue
      }
      let (values, mask) = (entries[index].tensor, entries[maskIndex].tensor)
      guard values.shape == mask.shape else {
        throw RepVGGError(
          .badData, "is a mask of shape \(mask.shape) for a tensor of shape \(values.shape)"
        ).inTensor(mask.name)
      }
      applied.insert(maskIndex)
      entries[index] = Entry(
        name: name,
        tensor: Tensor(
          shape: values.shape,
          source: MaskedTensorSource(values: values.source, mask: mask.source), name: values.name))
    }
    entries = entries.indices.filter { !applied.contains($0) }.map { entries[$0] }
  }
}
