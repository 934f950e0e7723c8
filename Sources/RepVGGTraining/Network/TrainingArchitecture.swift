import RepVGG

/// What a network to be trained consists of: its blocks in order, how each is built, its classes.
///
/// A block is a 3x3 convolution with its branches, a batch norm and a ReLU; after the last one
/// come the global mean and a linear layer. Tensor names are the official ones of the form.
public struct TrainingArchitecture: Sendable, Hashable, Codable {
  /// How a block is built for training.
  public enum Form: String, Sendable, Hashable, Codable, CaseIterable {
    /// RepVGG: 3x3, 1x1 and identity, each with a batch norm of its own.
    case branched
    /// RepOpt's constant-scale linear addition: scaled 3x3 and 1x1, a trainable identity scale,
    /// one batch norm after the sum.
    case constantScale = "csla"
    /// The same with trainable scales: the network of the hyper-search.
    case hyperSearch = "hs"
    /// One 3x3 convolution with a batch norm: the network that RepOptimizer trains.
    case plain = "target"
    /// RepOptimizers' RepVGG block: as `branched`, under other names.
    case baseline = "repvgg"
  }

  /// Squeeze-and-excitation in a block.
  public struct Excitation: Sendable, Hashable, Codable {
    /// Where the gate multiplies.
    public enum Placement: String, Sendable, Hashable, Codable {
      /// Between the sum of branches and the ReLU; named `se`.
      case beforeReLU
      /// After the ReLU; named `post_se`.
      case afterReLU
    }
    /// Where the gate multiplies.
    public var placement: Placement
    /// Channels between the two layers.
    public var reducedChannels: Int

    /// A gate at that place through that many channels.
    public init(placement: Placement, reducedChannels: Int) {
      self.placement = placement
      self.reducedChannels = reducedChannels
    }
  }

  /// One block.
  public struct Block: Sendable, Hashable, Codable {
    /// The official name: `stage0`, `stage1.0`, ...
    public var name: String
    /// Channels in.
    public var inputChannels: Int
    /// Channels out.
    public var outputChannels: Int
    /// 1 or 2.
    public var stride: Int
    /// Groups of both convolutions.
    public var groups: Int
    /// The gate, where there is one.
    public var excitation: Excitation?
    /// Its position in its stage, from 0; the hyper-search starts its scales by it.
    public var indexInStage: Int

    /// A block.
    public init(
      name: String, inputChannels: Int, outputChannels: Int, stride: Int, groups: Int = 1,
      excitation: Excitation? = nil, indexInStage: Int = 0
    ) {
      self.name = name
      self.inputChannels = inputChannels
      self.outputChannels = outputChannels
      self.stride = stride
      self.groups = groups
      self.excitation = excitation
      self.indexInStage = indexInStage
    }

    /// Whether the block can have an identity branch: its input and output have the same shape.
    public var hasIdentity: Bool { stride == 1 && inputChannels == outputChannels }
  }

  /// How blocks are built.
  public var form: Form
  /// The blocks in order.
  public var blocks: [Block]
  /// Classes of the linear layer.
  public var classCount: Int
  /// What all batch norms share.
  public var batchNorm: BatchNormSettings

  /// A network of given blocks.
  public init(
    form: Form, blocks: [Block], classCount: Int,
    batchNorm: BatchNormSettings = BatchNormSettings()
  ) {
    self.form = form
    self.blocks = blocks
    self.classCount = classCount
    self.batchNorm = batchNorm
  }

  /// A network by RepVGG's rules: a first block, then four stages.
  ///
  /// - Parameters:
  ///   - form: how blocks are built.
  ///   - blockCounts: the blocks of stages 1, 2, ...
  ///   - channels: the channels of the first block, then of every stage.
  ///   - strides: the strides of the first block and of every stage's first block.
  ///   - groups: groups by block number, where not 1; the first block is number 0.
  ///   - excitation: the gate of every block, by its channels.
  ///   - classCount: classes of the linear layer.
  ///   - inputChannels: channels of the images.
  public init(
    form: Form, blockCounts: [Int], channels: [Int], strides: [Int]? = nil,
    groups: [Int: Int] = [:], excitation: ((_ channels: Int) -> Excitation?)? = nil,
    classCount: Int, inputChannels: Int = 3
  ) {
    var blocks: [Block] = []
    var previous = inputChannels
    for (stage, width) in channels.enumerated() {
      let count = stage == 0 ? 1 : (stage <= blockCounts.count ? blockCounts[stage - 1] : 0)
      for index in 0..<max(count, 0) {
        let stride = strides.map { stage < $0.count ? $0[stage] : 2 } ?? 2
        blocks.append(
          Block(
            name: Self.blockName(stage: stage, index: index), inputChannels: previous,
            outputChannels: width, stride: index == 0 ? stride : 1,
            groups: groups[blocks.count] ?? 1, excitation: excitation?(width),
            indexInStage: index))
        previous = width
      }
    }
    self.init(form: form, blocks: blocks, classCount: classCount)
  }

  /// The digits network: 32x32 images, 16 | 16, 32 32, 48 48, 64 channels.
  public static func digits(form: Form) -> TrainingArchitecture {
    TrainingArchitecture(
      form: form, blockCounts: [1, 2, 2, 1], channels: [16, 16, 32, 48, 64], classCount: 10)
  }

  /// The same blocks, built another way.
  public func with(form: Form) -> TrainingArchitecture {
    var copy = self
    copy.form = form
    return copy
  }

  /// Checks sizes and names.
  ///
  /// - Throws: `invalidArgument` with the block and what is wrong with it.
  public func validate() throws {
    func refuse(_ reason: String) -> RepVGGError { RepVGGError(.invalidArgument, reason) }
    guard (1...(1 << 20)).contains(classCount) else {
      throw refuse("a network cannot have \(classCount) classes")
    }
    guard !blocks.isEmpty, blocks.count <= 4096 else {
      throw refuse("a network cannot have \(blocks.count) blocks")
    }
    guard batchNorm.epsilon > 0, (0...1).contains(batchNorm.momentum) else {
      throw refuse("a batch norm's epsilon must be positive and its momentum in 0...1")
    }
    var names: Set<String> = ["linear"]
    for (index, block) in blocks.enumerated() {
      guard names.insert(block.name).inserted, !block.name.isEmpty else {
        throw refuse("block name '\(block.name)' is taken or empty")
      }
      let range = 1...(1 << 20)
      guard range.contains(block.inputChannels), range.contains(block.outputChannels),
        (1...8).contains(block.stride), range.contains(block.groups)
      else { throw refuse("block '\(block.name)': sizes are out of range") }
      guard block.inputChannels % block.groups == 0, block.outputChannels % block.groups == 0 else {
        throw refuse(
          "block '\(block.name)': \(block.inputChannels) and \(block.outputChannels) channels do "
            + "not divide into \(block.groups) groups")
      }
      if index > 0, blocks[index - 1].outputChannels != block.inputChannels {
        throw refuse("block '\(block.name)' does not take what the one before it gives")
      }
      if let excitation = block.excitation, !range.contains(excitation.reducedChannels) {
        throw refuse("block '\(block.name)': squeeze-and-excitation needs a channel at least")
      }
    }
  }
}
