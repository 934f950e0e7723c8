/// What distinguishes the networks of RepVGG's design: stages of 3x3 blocks, then global mean and an
/// optional linear head.
///
/// The first block of each stage has the stage's stride, 2 in every published network; all others have
/// stride 1 (RepVGG, arXiv 2101.03697, section 3.4). Stage 0 is a single block, the stem.
///
/// Only the construction of nodes reads it; what runs a network knows its nodes.
public struct RepVGGDesign: Sendable, Hashable {
  /// A squeeze-and-excitation gate in every block; the squeezed width is `channels / reduction`.
  public enum Gate: Sendable, Hashable {
    /// On the sum of the branches, before ReLU (RepVGG-D2se).
    case beforeReLU(reduction: Int)
    /// On the block's output, after ReLU (RepVGGplus, RepOpt-VGG).
    case afterReLU(reduction: Int)
  }

  /// Blocks of every stage, the stem's first.
  public var blockCounts: [Int]
  /// Output channels of the blocks of every stage.
  public var channels: [Int]
  /// The stride of every stage's first block, 1 or 2.
  public var strides: [Int]
  /// Groups of the convolutions by block, counted through the whole network, where not 1.
  public var groups: [Int: Int]
  /// The gate of every block, if any.
  public var gate: Gate?
  /// RepVGGplus: stage 3 consists of two modules of half the blocks each, and the first one's output
  /// is a feature as well.
  public var dividesStage3: Bool

  /// A design of stages; the stem is the first.
  ///
  /// - Parameters:
  ///   - blockCounts: Blocks of every stage, at least 1 each.
  ///   - channels: Output channels of every stage's blocks.
  ///   - strides: Strides of the stages; 2 where nil.
  ///   - groups: Groups by block, where not 1.
  ///   - gate: The gate of every block.
  ///   - dividesStage3: Whether stage 3 has two modules.
  public init(
    blockCounts: [Int], channels: [Int], strides: [Int]? = nil, groups: [Int: Int] = [:],
    gate: Gate? = nil, dividesStage3: Bool = false
  ) {
    self.blockCounts = blockCounts
    self.channels = channels
    self.strides = strides ?? blockCounts.map { _ in 2 }
    self.groups = groups
    self.gate = gate
    self.dividesStage3 = dividesStage3
  }

  /// `custom-1x8s1-2x16`: blocks and channels of every stage, and strides other than 2.
  package var description: String {
    "custom-"
      + zip(zip(blockCounts, channels), strides).map { stage, stride in
        "\(stage.0)x\(stage.1)" + (stride == 2 ? "" : "s\(stride)")
      }.joined(separator: "-")
  }

  /// Appends the nodes with random weights.
  func build(
    _ architecture: Architecture, _ network: inout NetworkBuilder, _ weights: inout SeededTensors
  ) {
    let stages = appendStages(
      inputChannels: architecture.inputChannels, &network, &weights, areOutputs: true)
    guard let last = stages.last else { return }
    let classes = architecture.classCount
    network.appendHead(
      classes == 0
        ? nil
        : weights.linear(
          "linear", outputs: classes, inputs: last.channels, shape: [classes, last.channels]),
      to: last.node)
  }

  /// Appends the input and the stages.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the images.
  ///   - network: What they are appended to.
  ///   - weights: Where the weights come from.
  ///   - prefix: What the tensors' names begin with.
  ///   - areOutputs: Whether each stage gives an output.
  /// - Returns: The last block of each stage.
  func appendStages(
    inputChannels: Int, _ network: inout NetworkBuilder, _ weights: inout SeededTensors,
    prefix: String = "", areOutputs: Bool
  ) -> [NetworkBuilder.Image] {
    var value = NetworkBuilder.Image(
      node: network.append("input", .input(channels: inputChannels)), channels: inputChannels)
    var stages: [NetworkBuilder.Image] = []
    var blockCount = 0
    for (stage, (count, outputs)) in zip(blockCounts, channels).enumerated() {
      for index in 0..<count {
        let block = SeededTensors.Block(
          prefix: prefix + (stage == 0 ? "stage0" : "stage\(stage).\(index)"),
          inputChannels: value.channels, outputChannels: outputs,
          stride: index == 0 ? strides[stage] : 1, groups: groups[blockCount] ?? 1)
        value.node = network.appendBlock(
          "stage\(stage).\(index)", weights.branches(block),
          gate: gate.map { weights.gate($0, block) }, to: value.node)
        value.channels = outputs
        if areOutputs, dividesStage3, stage == 3, index == count / 2 - 1 {
          network.output("stage3_first", value.node)
        }
        blockCount += 1
      }
      if areOutputs { network.output("stage\(stage)", value.node) }
      stages.append(value)
    }
    return stages
  }
}

extension Architecture {
  /// A network of RepVGG's design.
  ///
  /// - Parameters:
  ///   - design: Stages, groups and gates.
  ///   - name: The name; one that describes the stages where nil.
  ///   - inputChannels: Channels of the images.
  ///   - classCount: Classes of the head; 0 for a backbone.
  ///   - inputSize: Height and width of the usual images.
  public init(
    _ design: RepVGGDesign, name: String? = nil, inputChannels: Int = 3, classCount: Int = 1000,
    inputSize: Int = 224
  ) {
    self.init(
      name: name ?? design.description, inputChannels: inputChannels, classCount: classCount,
      inputSize: inputSize, family: design.dividesStage3 ? .repVGGplus : .official,
      build: design.build)
  }
}

extension RepVGGDesign {
  /// The stages, groups and gates of a network's blocks, for reports and the names of checkpoints.
  ///
  /// The gate's reduction is that of the widest block that has one.
  package init(stagesOf network: Network) {
    let blocks = network.blocks
    let stages = Dictionary(grouping: blocks, by: \.stage)
    let numbers = stages.keys.sorted()
    let widest = blocks.filter { $0.gate != nil }.max {
      $0.geometry.outputChannels < $1.geometry.outputChannels
    }
    let gate = widest.flatMap { block in
      block.gate.map { gate -> Gate in
        let reduction = block.geometry.outputChannels / max(1, gate.squeeze.outputCount)
        return gate.isBeforeReLU
          ? .beforeReLU(reduction: reduction) : .afterReLU(reduction: reduction)
      }
    }
    let groups = blocks.enumerated().filter { $1.geometry.groups != 1 }
      .map { ($0, $1.geometry.groups) }
    self.init(
      blockCounts: numbers.map { stages[$0]?.count ?? 0 },
      channels: numbers.map { stages[$0]?.last?.geometry.outputChannels ?? 0 },
      strides: numbers.map { stages[$0]?.first?.geometry.stride.height ?? 2 },
      groups: Dictionary(uniqueKeysWithValues: groups), gate: gate,
      dividesStage3: network.outputs.contains { $0.name == "stage3_first" })
  }
}
