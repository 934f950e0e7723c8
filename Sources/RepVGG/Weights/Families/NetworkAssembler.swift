/// Builds a network from named tensors: finds the convention, sorts the tensors into blocks,
/// and checks names and shapes, collecting every problem before it throws.
struct NetworkAssembler {
  private let checkpoint: Checkpoint
  private let options: NetworkOptions
  private let convention: NamingConvention
  private var blocks: [BlockKey: [TensorRole: Tensor]] = [:]
  private var head: [String: Tensor] = [:]
  private var problems = NamingProblems()
  /// Tensors that nothing asks for.
  private var ignored: [String] = []

  init(_ checkpoint: Checkpoint, options: NetworkOptions) throws(RepVGGError) {
    self.checkpoint = checkpoint
    self.options = options
    let tensors = try checkpoint.unwrappedTensors(group: options.group)
    convention = try Self.convention(for: tensors)
    for (name, var tensor) in tensors {
      if tensor.name.isEmpty { tensor.name = name }
      switch convention.place(of: name) {
      case .block(let key, let role): blocks[key, default: [:]][role] = tensor
      case .head: head[name] = tensor
      case .ignored: break
      case nil: problems.unexpected.append(name)
      }
    }
  }

  /// The convention that knows most of the names.
  private static func convention(
    for tensors: [String: Tensor]
  ) throws(RepVGGError) -> NamingConvention {
    guard !tensors.isEmpty else { throw RepVGGError(.badData, "holds no tensors") }
    let names = Array(tensors.keys)
    let scores = NamingConvention.all.map { convention in
      names.count { name in
        if case .block = convention.place(of: name) { true } else { false }
      }
    }
    guard let best = scores.max(), best > 0, let index = scores.firstIndex(of: best) else {
      let sample = names.sorted().prefix(3).joined(separator: ", ")
      throw RepVGGError(
        .badData,
        "holds no network of a known family: none of its \(names.count) names is of RepVGG,"
          + " timm, mmpretrain or RepOptimizers (it has \(sample), …)")
    }
    return NamingConvention.all[index]
  }

  mutating func network() throws(RepVGGError) -> Network {
    let keys = blocks.keys.sorted()
    checkNumbering(keys)
    let isPlain = !keys.isEmpty && keys.allSatisfy { isPlainBlock($0) }
    checkForms(keys, isPlain: isPlain)
    var shapes: [Architecture.BlockShape] = []
    var result: [Block] = []
    let imageChannels = stemChannels()
    var inputChannels = imageChannels
    for (layer, key) in keys.enumerated() {
      let shape = blockShape(key, layer: layer, inputChannels: inputChannels)
      inputChannels = shape.outputChannels
      // A deployed block among branched ones is reported as such, not by all that it lacks.
      guard isPlain || !isPlainBlock(key) else { continue }
      let assembler = BlockAssembler(
        convention: convention, key: key, shape: shape, tensors: blocks[key] ?? [:],
        epsilon: options.epsilon)
      let block = assembler.block(isPlain: isPlain, problems: &problems)
      shapes.append(shape)
      result.append(block)
    }
    for index in result.indices {
      let isLast =
        index + 1 == result.count || keys[index + 1].stage != keys[index].stage
        || keys[index + 1].part != keys[index].part
      if isLast { result[index].featureName = Self.featureName(keys[index], convention) }
    }
    let classifier: Linear?
    do throws(RepVGGError) {
      classifier = try assembledHead(inputCount: inputChannels)
    } catch {
      // What is wrong with names and shapes comes first.
      try problems.throwIfAny()
      throw error
    }
    try problems.throwIfAny()
    return Network(
      architecture: architecture(keys, shapes, classifier, result, imageChannels),
      state: isPlain ? .plain : .branched, blocks: result, head: classifier,
      origin: Network.Origin(
        file: checkpoint.file, family: convention.family,
        ignoredTensors: ignored.sorted(), metadata: checkpoint.metadata))
  }

  private mutating func assembledHead(inputCount: Int) throws(RepVGGError) -> Linear? {
    var assembler = try HeadAssembler(head, ownName: convention.headName)
    let head = try assembler.head(
      inputCount: inputCount, epsilon: options.epsilon, problems: &problems)
    ignored += assembler.ignored
    return head
  }

  private static func featureName(_ key: BlockKey, _ convention: NamingConvention) -> String {
    if case .repVGGplus = convention.blockNames, key.stage == 3, key.part == 0 {
      return "stage3_first"
    }
    return "stage\(key.stage)"
  }

  // MARK: - Checks

  private func isPlainBlock(_ key: BlockKey) -> Bool {
    blocks[key]?.keys.contains { if case .plain = $0 { true } else { false } } ?? false
  }

  /// Stages 0 to 4 must be there, their blocks numbered from 0 without gaps.
  private mutating func checkNumbering(_ keys: [BlockKey]) {
    var modules: [BlockKey] = (0...4).map { BlockKey(stage: $0, index: 0) }
    if case .repVGGplus = convention.blockNames {
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
      "mixes forms: \(plain.joined(separator: ", ")) of \(keys.count) blocks are deployed,"
        + " the others are branched")
  }

  /// The geometry of a block.
  ///
  /// What does not fit is noted, and the walk goes on with what the block's other tensors say, so
  /// that one error can name everything.
  private mutating func blockShape(
    _ key: BlockKey, layer: Int, inputChannels: Int
  ) -> Architecture.BlockShape {
    let tensors = blocks[key] ?? [:]
    var groups = 1
    var outputChannels: Int?
    if let kernel = tensors[.kernel(.spatial)] ?? tensors[.plain(.weight)] {
      let shape = kernel.shape
      if shape.count == 4, shape[2] == 3, shape[3] == 3, Self.channelRange.contains(shape[0]),
        Self.channelRange.contains(shape[1])
      {
        outputChannels = shape[0]
        if inputChannels % shape[1] == 0, shape[0] % (inputChannels / shape[1]) == 0 {
          groups = inputChannels / shape[1]
        } else {
          problems.add(
            shapeOf: kernel,
            "which does not chain with the \(inputChannels) channels before it")
        }
      } else {
        problems.add(shapeOf: kernel, "expected [output, input / groups, 3, 3]")
      }
    }
    return Architecture.BlockShape(
      stage: key.stage, index: key.part == 0 ? key.index : key.index + stage3FirstCount,
      layer: layer, inputChannels: inputChannels,
      outputChannels: outputChannels ?? Self.likelyChannels(tensors) ?? inputChannels,
      stride: key.index == 0 && key.part == 0 ? 2 : 1, groups: groups)
  }

  private static let channelRange = 1...Architecture.channelLimit

  /// Channels of the images: what the stem's kernel reads, as no stem has groups.
  private func stemChannels() -> Int {
    let stem = blocks[BlockKey(stage: 0, index: 0)] ?? [:]
    guard let shape = (stem[.kernel(.spatial)] ?? stem[.plain(.weight)])?.shape, shape.count == 4,
      Self.channelRange.contains(shape[1])
    else { return 3 }
    return shape[1]
  }

  /// What most of a block's vectors say of its channels.
  private static func likelyChannels(_ tensors: [TensorRole: Tensor]) -> Int? {
    var votes: [Int: Int] = [:]
    for (role, tensor) in tensors {
      guard tensor.shape.count == 1, channelRange.contains(tensor.shape[0]) else { continue }
      if case .gate = role { continue }
      votes[tensor.shape[0], default: 0] += 1
    }
    return votes.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  private var stage3FirstCount: Int {
    blocks.keys.count { $0.stage == 3 && $0.part == 0 }
  }

  // MARK: - Architecture

  private func architecture(
    _ keys: [BlockKey], _ shapes: [Architecture.BlockShape], _ head: Linear?, _ blocks: [Block],
    _ imageChannels: Int
  ) -> Architecture {
    var stages: [Architecture.Stage] = []
    for stage in 0...4 {
      let members = shapes.filter { $0.stage == stage }
      stages.append(
        Architecture.Stage(
          blockCount: members.count, channels: members.first?.outputChannels ?? 0))
    }
    var groups: [Int: Int] = [:]
    for shape in shapes where shape.groups != 1 { groups[shape.layer] = shape.groups }
    let widest = blocks.filter { $0.gate != nil }.max {
      $0.shape.outputChannels < $1.shape.outputChannels
    }
    let gate = widest.flatMap { block in
      block.gate.map {
        Architecture.Gate(
          placement: $0.placement,
          reduction: block.shape.outputChannels / max(1, $0.squeeze.outputCount))
      }
    }
    var isPlus = false
    if case .repVGGplus = convention.blockNames { isPlus = true }
    var found = Architecture(
      stages: stages, groupsByLayer: groups, gate: gate, inputChannels: imageChannels,
      classCount: head?.outputCount ?? 0, splitsStage3: isPlus)
    let prefersRepOpt = [.repOptTarget, .repOptScaled].contains(convention.family)
    let matches = Architecture.catalogue.filter { $0.hasSameStructure(as: found) }
    let match = matches.first { $0.name.hasPrefix("RepOpt") == prefersRepOpt } ?? matches.first
    if let match {
      found.name = match.name
      found.inputSize = match.inputSize
    }
    return found
  }
}
