/// Builds a network from named tensors: finds the convention, sorts the tensors into blocks,
/// and checks names and shapes, collecting every problem before it throws.
struct NetworkAssembler {
  private let checkpoint: Checkpoint
  private let options: NetworkOptions
  private let groups: [Checkpoint.Group]
  private let group: Checkpoint.Group
  private let contents: GroupContents
  private let convention: CheckpointFamily
  private let blocks: [BlockKey: [TensorName: Tensor]]
  private var problems = NamingProblems()
  /// Tensors that are not used, by their names in the file.
  private var ignored: [String]
  private let strides: StageStrides
  /// How the strides of the stages are known, where they are.
  private var strideEvidence: [Network.Origin.StrideEvidence] = []

  init(
    _ checkpoint: Checkpoint, options: NetworkOptions, families: CheckpointFamilies
  ) throws(RepVGGError) {
    guard !checkpoint.tensors.isEmpty else {
      throw checkpoint.obstacle ?? RepVGGError(.badData, "holds no tensors")
    }
    self.checkpoint = checkpoint
    self.options = options
    strides = try StageStrides(options, checkpoint)
    let found = try NetworkGroups(NamedTensors(checkpoint, of: families))
    groups = found.groups
    guard !groups.isEmpty else {
      throw checkpoint.obstacle
        ?? RepVGGError(
          .badData,
          "holds no network of a known family: none of its \(checkpoint.tensors.count) names is of"
            + " RepVGG, MobileOne, timm, mmpretrain or RepOptimizers (it has"
            + " \(NamingProblems.list(Array(checkpoint.tensors.keys))))")
    }
    (contents, group) = try found.chosen(options.group)
    let family = contents.family
    convention = family
    blocks = contents.blocks
    ignored = contents.ignoredNames
    guard blocks.isEmpty || !blocks.values.allSatisfy(family.areScales) else {
      throw RepVGGError(
        .unsupported,
        "holds the scales of RepOptimizer and no network; they are what 'repvgg train --form repopt"
          + " --scales' takes, give the network that was trained with them here")
    }
    problems.unexpected = contents.unexpected
    for (first, second) in contents.repeated {
      problems.add("'\(first.printable)' and '\(second.printable)' name the same tensor")
    }
  }

  mutating func network() throws(RepVGGError) -> Network {
    let keys = blocks.keys.sorted()
    checkNumbering(keys)
    try strides.check(stageCount: stageCount)
    let isPlain = !keys.isEmpty && keys.allSatisfy { isPlainBlock($0) }
    checkForms(keys, isPlain: isPlain)
    var result: [AssembledBlock] = []
    let imageChannels = stemChannels()
    var inputChannels = imageChannels
    for key in keys {
      let shape = try blockShape(key, inputChannels: inputChannels)
      inputChannels = shape.outputChannels
      // A deployed block among branched ones is reported as such, not by everything that it lacks.
      guard isPlain || !isPlainBlock(key) else { continue }
      let reader = BlockReader(
        blocks[key] ?? [:], prefix: convention.blockPrefix(key), shape: shape, isPlain: isPlain,
        epsilon: options.epsilon)
      result.append(convention.block(from: reader, problems: &problems))
    }
    let classifier: Linear?
    do throws(RepVGGError) {
      classifier = try assembledHead(inputCount: inputChannels)
    } catch {
      // Problems with names and shapes come first.
      try throwProblems()
      throw error
    }
    try throwProblems()
    for (key, block) in zip(keys, result) { try checkDeployedForm(of: block, key) }
    return named(nodes(keys, result, classifier, imageChannels))
  }

  /// The nodes of a network of assembled blocks; the last block of each stage gives an output.
  private func nodes(
    _ keys: [BlockKey], _ blocks: [AssembledBlock], _ classifier: Linear?, _ imageChannels: Int
  ) -> Network {
    var builder = NetworkBuilder()
    var value = builder.append("input", .input(channels: imageChannels))
    for (index, (key, block)) in zip(keys, blocks).enumerated() {
      value = builder.appendBlock(
        "stage\(block.shape.stage).\(block.shape.index)", block.body, gate: block.gate, to: value)
      let next = keys.dropFirst(index + 1).first
      if next?.stage != key.stage || next?.part != key.part {
        builder.output(featureName(key), value)
      }
    }
    builder.appendHead(classifier, to: value)
    return builder.network(
      Network.Origin(
        file: checkpoint.file, family: convention.family, architecture: "", group: group.name,
        groups: groups, ignoredTensors: ignored.map { TensorName($0) }.sorted().map(\.text),
        metadata: checkpoint.metadata,
        normalization: contents.normalization(channels: imageChannels),
        strideEvidence: strideEvidence))
  }

  /// The network with the name of the catalogue's architecture, or a description.
  private func named(_ network: Network) -> Network {
    var network = network
    let prefersRepOpt = [.repOptTarget, .repOptScaled].contains(convention.family)
    if let published = Architecture.published(network, prefersRepOpt: prefersRepOpt) {
      network.origin.architecture = published.name
      network.origin.inputSize = published.inputSize
    } else {
      network.origin.architecture = RepVGGDesign(stagesOf: network).description
    }
    return network
  }

  private func throwProblems() throws(RepVGGError) {
    try problems.throwIfAny(in: group, of: groups, beside: ignored)
  }

  private mutating func assembledHead(inputCount: Int) throws(RepVGGError) -> Linear? {
    var assembler = try HeadAssembler(contents.head, ownName: convention.headName)
    let head = try assembler.head(
      inputCount: inputCount, epsilon: options.epsilon, problems: &problems)
    ignored += assembler.ignored.map { contents.head[$0]?.name ?? $0 }
    if head == nil, let matrix = contents.matrix(inputCount: inputCount) {
      problems.add(
        "'\(matrix.name.printable)' of shape \(matrix.shape) may be a classifier, but has none of"
          + " the names that classifiers have (linear, fc, head, classifier): rename it, or remove it"
          + " to have the network read as a backbone")
    }
    return head
  }

  private func featureName(_ key: BlockKey) -> String {
    convention.blockNames.isSplit && key.stage == 3 && key.part == 0
      ? "stage3_first" : "stage\(key.stage)"
  }

  // MARK: - Checks

  private func isPlainBlock(_ key: BlockKey) -> Bool { convention.isPlain(blocks[key] ?? [:]) }

  /// If a file has a block in both forms, they must be the same function; the branches are then
  /// used.
  private mutating func checkDeployedForm(
    of block: AssembledBlock, _ key: BlockKey
  ) throws(RepVGGError) {
    let entries = convention.plainNames.compactMap { blocks[key]?[$0] }
    if case .convolution = block.body { return }
    guard !entries.isEmpty else { return }
    let (kernel, bias) = try block.body.merged(inputChannels: block.shape.inputChannels)
    for stored in entries {
      let merged = stored.shape.count == 1 ? bias : kernel
      let values = try stored.doubles()
      let error = zip(merged, values).reduce(0) {
        $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
      }
      let scale = values.reduce(0) { $0 + $1 * $1 }
      guard values.count == merged.count, error <= 1e-6 * scale else {
        throw RepVGGError(
          .badData,
          "is another function than the branches beside it in block"
            + " '\(convention.blockPrefix(key))': the file holds two networks; remove one of them,"
            + " or give the epsilon of its batch norms"
        ).inTensor(stored.name)
      }
      ignored.append(stored.name)
    }
  }

  /// Five with the stem; in families of blocks of several sizes those that there are.
  private var stageCount: Int {
    convention.isOfSeveralSizes ? max(1, blocks.keys.map(\.stage).max() ?? 0) + 1 : 5
  }

  /// All stages must exist, with their blocks numbered from 0 without gaps.
  private mutating func checkNumbering(_ keys: [BlockKey]) {
    var modules: [BlockKey] = (0..<stageCount).map { BlockKey(stage: $0, index: 0) }
    if convention.blockNames.isSplit {
      modules.append(BlockKey(stage: 3, part: 1, index: 0))
    }
    for module in modules {
      let indices = keys.filter { ($0.stage, $0.part) == (module.stage, module.part) }.map(\.index)
      let count = max(1, (indices.max() ?? 0) + 1)
      guard count <= 1024 else {
        problems.add("block \(convention.blockPrefix(keys.max() ?? module)) is out of range")
        continue
      }
      for index in Set(0..<count).subtracting(indices).sorted() {
        var key = module
        key.index = index
        problems.missing.append(convention.blockPrefix(key) + ".*")
      }
    }
  }

  private mutating func checkForms(_ keys: [BlockKey], isPlain: Bool) {
    guard !isPlain else { return }
    let plain = keys.filter { isPlainBlock($0) }.map { convention.blockPrefix($0) }
    guard !plain.isEmpty else { return }
    problems.add(
      "mixes forms: \(NamingProblems.list(plain)) of \(keys.count) blocks are deployed,"
        + " the others are branched")
  }

  /// The geometry of a block.
  ///
  /// What does not fit is recorded, and the check continues with what the block's other tensors
  /// say, so that one error can name everything.
  private mutating func blockShape(
    _ key: BlockKey, inputChannels: Int
  ) throws(RepVGGError) -> BlockShape {
    let tensors = blocks[key] ?? [:]
    var groups = 1
    var kernelSize = 3
    var outputChannels: Int?
    if let kernel = convention.kernel(in: tensors) {
      let shape = kernel.shape
      if shape.count == 4, shape[2] == shape[3], shape[2] % 2 == 1,
        convention.kernelSizes.contains(shape[2]), Self.channelRange.contains(shape[0]),
        Self.channelRange.contains(shape[1])
      {
        outputChannels = shape[0]
        kernelSize = shape[2]
        if inputChannels % shape[1] == 0, shape[0] % (inputChannels / shape[1]) == 0 {
          groups = inputChannels / shape[1]
        } else {
          problems.add(
            shapeOf: kernel,
            "which does not chain with the \(inputChannels) channels before it")
        }
      } else {
        let size = convention.isOfSeveralSizes ? "size" : "3"
        problems.add(shapeOf: kernel, "expected [output, input / groups, \(size), \(size)]")
      }
    }
    let channels = outputChannels ?? convention.likelyChannels(tensors) ?? inputChannels
    var stride = 1
    if key.index == 0, key.part == 0 {
      let known = try strides.stride(
        ofStage: key.stage,
        hasIdentity: inputChannels == channels ? convention.hasIdentity(tensors) : nil)
      stride = known.value
      strideEvidence.append(known.evidence)
    }
    return BlockShape(
      stage: key.stage, index: key.part == 0 ? key.index : key.index + stage3FirstCount,
      inputChannels: inputChannels, outputChannels: channels, stride: stride, groups: groups,
      kernelSize: kernelSize)
  }

  private static let channelRange = 1...Architecture.channelLimit

  /// Channels of the images: what the stem's kernel reads, because a stem never has groups.
  private func stemChannels() -> Int {
    let stem = blocks[BlockKey(stage: 0, index: 0)] ?? [:]
    guard let shape = convention.kernel(in: stem)?.shape, shape.count == 4,
      Self.channelRange.contains(shape[1])
    else { return 3 }
    return shape[1]
  }

  private var stage3FirstCount: Int {
    blocks.keys.count { $0.stage == 3 && $0.part == 0 }
  }
}
