/// A family of checkpoints: how one upstream names the blocks of a network and their tensors, and
/// what a block computes.
///
/// The description is code, in a file of its own. It reads blocks; run without a file, it tells which
/// names the family has, by which files are recognized and written. A new family is such a file and
/// an entry of ``CheckpointFamilies/known``.
package struct CheckpointFamily: Sendable {
  /// Squeeze and excitation: where it acts, and the modules of its two linear maps.
  package typealias Gate = (isBeforeReLU: Bool, squeeze: String, excite: String)

  let family: Family
  /// How blocks are addressed; files of a family may deviate.
  package var blockNames: BlockPattern
  package let headName: String
  package let gates: [Gate]
  /// Whether the names in blocks are so common that they count only in stages with the family's own
  /// names: `conv.weight` and `bn.weight` may belong to any network.
  let needsOwnBlockNames: Bool
  /// The sizes that a block's kernel may have, if odd.
  let kernelSizes: ClosedRange<Int>
  private let body: @Sendable (BlockReader) -> LinearExpression

  /// A trained block: its tensors have the names of the family, and no elements.
  package var template: LinearExpression { body(BlockReader()) }
  /// The first kernel of the largest size, which has a block's channels.
  let kernelName: TensorName?
  /// The weight and bias of a deployed block; empty for a family without that form.
  let plainNames: [TensorName]
  private let identityNames: Set<TensorName>
  private let scaleNames: Set<TensorName>
  private let gateNames: Set<TensorName>
  /// Every name in a block; of several names of one tensor, the value is that in messages.
  let names: [TensorName: TensorName]

  /// A family of checkpoints.
  ///
  /// - Parameters:
  ///   - family: Its identity.
  ///   - blockNames: How it addresses blocks.
  ///   - headName: The module of its classifier.
  ///   - gates: The gates that blocks may have; the first one that a block has counts.
  ///   - aliases: Other names of modules of gates.
  ///   - needsOwnBlockNames: Whether its names count only in stages that it named itself.
  ///   - kernelSizes: The sizes of blocks' kernels. Networks of blocks of more than one size may have
  ///     any number of stages.
  ///   - body: Takes the tensors of a block and returns what it computes before its activation.
  package init(
    _ family: Family, blockNames: BlockPattern, headName: String, gates: [Gate] = [],
    aliases: [String: String] = [:], needsOwnBlockNames: Bool = false,
    kernelSizes: ClosedRange<Int> = 3...3,
    body: @escaping @Sendable (BlockReader) -> LinearExpression
  ) {
    self.family = family
    self.blockNames = blockNames
    self.headName = headName
    self.gates = gates
    self.needsOwnBlockNames = needsOwnBlockNames
    self.kernelSizes = kernelSizes
    self.body = body
    let (trained, deployed, gate) = (BlockReader(), BlockReader(isPlain: true), BlockReader())
    _ = body(trained)
    let plain = body(deployed)
    for names in gates { _ = gate.gate(names) }
    plainNames =
      deployed.taken == trained.taken ? [] : plain.tensors.map { TensorName($0.name) }
    kernelName = trained.kernel.name
    identityNames = trained.identityNames
    scaleNames = trained.scaleNames
    gateNames = gate.taken
    let all = trained.taken.union(plainNames).union(gateNames)
    var names = Dictionary(uniqueKeysWithValues: all.map { ($0, $0) })
    for (alias, module) in aliases {
      for entry in ["weight", "bias"] {
        names[TensorName("\(alias).\(entry)")] = TensorName("\(module).\(entry)")
      }
    }
    self.names = names
  }

  /// Reads a block; what is missing, unexpected or misshapen is added to `problems`.
  func block(from reader: BlockReader, problems: inout NamingProblems) -> AssembledBlock {
    // Exchanged instead of copied for every block.
    swap(&problems, &reader.problems)
    defer { swap(&problems, &reader.problems) }
    let body = body(reader)
    let gate = gates.first { reader.contains($0.squeeze) || reader.contains($0.excite) }
      .map { reader.gate($0) }
    reader.reportUnexpected(except: plainNames)
    return AssembledBlock(shape: reader.shape, body: body, gate: gate)
  }

  /// Whether blocks differ in the sizes of their kernels, as those of mobile networks do.
  var isOfSeveralSizes: Bool { kernelSizes.count > 1 }

  /// The beginning of the names of a block's tensors, without the dot.
  func blockPrefix(_ key: BlockKey) -> String { blockNames.prefix(of: key) }

  /// The name of a block of a stage, of which 0 is the stem.
  package func blockName(stage: Int, index: Int) -> String {
    blockPrefix(BlockKey(stage: stage, index: index))
  }
}

// MARK: - What tensors say before their block is read

extension CheckpointFamily {
  /// The kernel that has a block's channels: that of the trained block, else the deployed one.
  func kernel(in tensors: [TensorName: Tensor]) -> Tensor? {
    kernelName.flatMap { tensors[$0] } ?? plainNames.first.flatMap { tensors[$0] }
  }

  /// Whether a block is deployed and not also stored as it was trained.
  func isPlain(_ tensors: [TensorName: Tensor]) -> Bool {
    kernelName.flatMap { tensors[$0] } == nil && plainNames.contains { tensors[$0] != nil }
  }

  /// Whether there is nothing but the factors that RepOptimizer scales gradients with.
  func areScales(_ tensors: [TensorName: Tensor]) -> Bool {
    tensors.keys.allSatisfy(scaleNames.contains)
  }

  /// Whether a block has an identity branch; nil if blocks of its form and family show none.
  func hasIdentity(_ tensors: [TensorName: Tensor]) -> Bool? {
    guard !identityNames.isEmpty, kernelName.flatMap({ tensors[$0] }) != nil else { return nil }
    return tensors.keys.contains(where: identityNames.contains)
  }

  /// The number of channels on which most of a block's vectors agree.
  func likelyChannels(_ tensors: [TensorName: Tensor]) -> Int? {
    var votes: [Int: Int] = [:]
    for (name, tensor) in tensors where tensor.shape.count == 1 && !gateNames.contains(name) {
      guard (1...Architecture.channelLimit).contains(tensor.shape[0]) else { continue }
      votes[tensor.shape[0], default: 0] += 1
    }
    return votes.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }
}
