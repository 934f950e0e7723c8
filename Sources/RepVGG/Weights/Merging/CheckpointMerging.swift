/// A checkpoint whose blocks are merged, under the names that its code base deploys to; everything else
/// is as it was.
///
/// Names tell the blocks, wherever they are in a network: what the network computes between them need not
/// be known. Merged tensors are Float32, whatever the type of the branches was; others keep their type and
/// bytes.
public struct CheckpointMerging: Sendable {
  /// A convolution or linear layer that branches became.
  public struct Block: Sendable {
    /// Its name: that of its tensors without `.weight` and `.bias`.
    public var name: String
    /// The kind of block, such as `MobileOne`.
    public var family: String
    /// The repository whose names these are.
    public var codeBase: String
    /// Operators that were merged.
    public var operatorCount: Int
    /// The shape of its weight.
    public var shape: [Int]
    /// What was merged.
    let tensors: MergedTensors
  }

  /// The merged tensors, computed when they are read, and the others.
  public let checkpoint: Checkpoint
  /// What was merged, sorted by name.
  public let blocks: [Block]
  /// Number of blocks that the file holds in both forms; they are left as they are.
  public let mergedCount: Int
  /// Number of tensors that are as they were.
  public let copiedCount: Int
  /// Number of tensors that belong to another part of the file.
  public let leftOutCount: Int
  /// The part of the file that was merged; empty for all of it.
  public let group: String
  /// The epsilon of the batch norms.
  public let epsilon: Double
  /// What the file does not say, and was assumed.
  public let assumptions: [String]

  /// Finds and merges the blocks of a checkpoint; nil if there is no block of a known family.
  ///
  /// - Parameters:
  ///   - checkpoint: The file.
  ///   - options: What it does not contain.
  /// - Throws: `badData` if a tensor of a block is missing, misshapen or unknown, or if nothing says
  ///   which of several networks is meant; `unsupported` for blocks that are no single convolution;
  ///   `invalidArgument` for options out of range.
  public init?(
    _ checkpoint: Checkpoint, options: MergingOptions = MergingOptions()
  ) throws(RepVGGError) {
    do throws(RepVGGError) {
      if let epsilon = options.epsilon, !(epsilon >= 0 && epsilon.isFinite) {
        throw RepVGGError(.invalidArgument, "a batch-norm epsilon of \(epsilon) is out of range")
      }
      let entries = try NamedTensors(checkpoint, of: .known).entries
      let part = try CheckpointPart(checkpoint, entries, options: options)
      var finder = BlockFinder(part.entries, options: options)
      try finder.find()
      guard !finder.blocks.isEmpty || !finder.merged.isEmpty else { return nil }
      try self.init(checkpoint, part, finder, options)
    } catch {
      guard let file = checkpoint.file else { throw error }
      throw error.inFile(file)
    }
  }

  /// Whether a checkpoint has no blocks, or only those of networks of known families, at their places:
  /// if such a network cannot be read, that is what is wrong.
  package static func isOfKnownNetwork(_ checkpoint: Checkpoint) throws(RepVGGError) -> Bool {
    let entries = try NamedTensors(checkpoint, of: .known).entries
    return BlockFinder(entries, options: MergingOptions()).isOfKnownNetwork
  }

  private init(
    _ checkpoint: Checkpoint, _ part: CheckpointPart, _ finder: BlockFinder,
    _ options: MergingOptions
  ) throws(RepVGGError) {
    var tensors: [String: Tensor] = [:]
    func add(_ name: TensorName, _ tensor: Tensor) throws(RepVGGError) {
      let text = (name.dropping(part.prefix) ?? name).text
      guard tensors.updateValue(tensor, forKey: text) == nil else {
        throw RepVGGError(.badData, "two tensors have this name", tensor: text)
      }
    }
    var copied = 0
    for (index, entry) in part.entries.enumerated() where !finder.replaced.contains(index) {
      try add(entry.name, entry.tensor)
      copied += 1
    }
    var blocks: [Block] = []
    var assumed: [String: [String]] = [:]
    for found in finder.blocks {
      for merge in found.merges {
        let names = found.names(of: merge)
        let merged = try Self.named(found) { () throws(RepVGGError) in
          try MergedTensors(merge.block)
        }
        let (weight, bias) = (
          merged.weight(named: names[0].text), merged.bias(named: names[1].text)
        )
        try add(names[0], weight)
        try add(names[1], bias)
        let module = (names[0].droppingLast(".weight") ?? names[0]).text
        if let assumption = merge.assumption { assumed[assumption, default: []].append(module) }
        blocks.append(
          Block(
            name: (TensorName(module).dropping(part.prefix) ?? TensorName(module)).text,
            family: found.family.name, codeBase: found.family.codeBase.rawValue,
            operatorCount: merge.block.expression.operators.count, shape: weight.shape,
            tensors: merged))
      }
    }
    self.checkpoint = Checkpoint(
      tensors: tensors, metadata: checkpoint.metadata, file: checkpoint.file)
    self.blocks = blocks
    mergedCount = finder.merged.count
    copiedCount = copied
    leftOutCount = part.leftOutCount
    group = part.prefix.droppingLast(".")?.text ?? ""
    epsilon = finder.epsilon
    assumptions = Self.assumptions(assumed, finder, options)
  }

  /// Names the block in an error that no tensor explains.
  static func named<Result>(
    _ found: BlockFinder.Found, _ step: () throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    do { return try step() } catch {
      throw error.tensor == nil ? error.inTensor(found.prefix.text) : error
    }
  }

  private static func assumptions(
    _ assumed: [String: [String]], _ finder: BlockFinder, _ options: MergingOptions
  ) -> [String] {
    var list: [String] = []
    if options.epsilon == nil {
      let source = finder.codeBases.first { $0.epsilon == finder.epsilon && $0.epsilon != 1e-5 }
      list.append(
        "the batch norms' epsilon is \(finder.epsilon)"
          + (source.map { ", as in \($0.rawValue)" } ?? "") + " (--epsilon)")
    }
    for (assumption, names) in assumed.sorted(by: { TensorName($0.key) < TensorName($1.key) }) {
      let count = names.count == 1 ? "1 block" : "\(names.count) blocks"
      list.append("\(assumption), in \(count): \(NamingProblems.list(names))")
    }
    if assumed.keys.contains(where: { $0.contains("identity") }) {
      list.append("identity branches have no tensors: --identity and --strides say otherwise")
    }
    if !finder.merged.isEmpty {
      list.append(
        "the merged form of \(finder.merged.count) blocks that the file has in both forms")
    }
    return list
  }
}
