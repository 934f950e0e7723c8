/// The shape of a RepVGG-like network: stages of 3x3 blocks, then pooling and an optional linear
/// head.
///
/// There are five stages. The first block of each has the stage's stride, 2 in every published
/// network; all others have stride 1 (RepVGG, arXiv 2101.03697, section 3.4). Stage 0 is a single
/// block, the stem.
public struct Architecture: Sendable, Hashable {
  /// One stage: the number of its blocks, their output channels, and the first block's stride.
  public struct Stage: Sendable, Hashable {
    /// Number of blocks, at least 1.
    public var blockCount: Int
    /// Output channels of every block of the stage.
    public var channels: Int
    /// Stride of the first block, 1 or 2.
    public var stride: Int

    /// A stage of `blockCount` blocks with `channels` output channels each.
    public init(blockCount: Int, channels: Int, stride: Int = 2) {
      self.blockCount = blockCount
      self.channels = channels
      self.stride = stride
    }
  }

  /// A squeeze-and-excitation gate in every block.
  public struct Gate: Sendable, Hashable {
    /// Where the gate acts.
    public enum Placement: String, Sendable, Hashable {
      /// On the sum of the branches, before ReLU (RepVGG-D2se).
      case beforeActivation = "before-relu"
      /// On the block's output, after ReLU (RepVGGplus, RepOpt-VGG).
      case afterActivation = "after-relu"
    }

    /// Where the gate acts.
    public var placement: Placement
    /// The squeezed width is `channels / reduction`, rounded down.
    public var reduction: Int

    /// A gate with its placement and reduction ratio.
    public init(placement: Placement, reduction: Int) {
      self.placement = placement
      self.reduction = reduction
    }
  }

  /// One block's position and geometry.
  public struct BlockShape: Sendable, Hashable {
    /// Index of the stage, 0 for the stem.
    public let stage: Int
    /// Index of the block within its stage.
    public let index: Int
    /// Index counted through the whole network, 0 for the stem.
    public let layer: Int
    /// Input channels.
    public let inputChannels: Int
    /// Output channels.
    public let outputChannels: Int
    /// The stage's stride in its first block, else 1.
    public let stride: Int
    /// Groups of the 3x3 and the 1x1 convolution.
    public let groups: Int

    /// A block at a position, with its geometry.
    public init(
      stage: Int, index: Int, layer: Int, inputChannels: Int, outputChannels: Int, stride: Int,
      groups: Int
    ) {
      self.stage = stage
      self.index = index
      self.layer = layer
      self.inputChannels = inputChannels
      self.outputChannels = outputChannels
      self.stride = stride
      self.groups = groups
    }

    /// Whether the trained block has an identity branch: stride 1 and equal widths.
    public var hasIdentity: Bool { stride == 1 && inputChannels == outputChannels }
  }

  /// The name in the catalogue, or one that describes a custom network.
  public var name: String
  /// The stem and the four stages, in order.
  public var stages: [Stage]
  /// Groups by layer index, where they are not 1.
  public var groupsByLayer: [Int: Int]
  /// The gate of every block, if any.
  public var gate: Gate?
  /// Channels of the images, 3 for colour.
  public var inputChannels: Int
  /// Number of classes of the linear head; 0 for a backbone, which has none.
  public var classCount: Int
  /// Input height and width that the published weights are used with.
  public var inputSize: Int
  /// RepVGGplus: the fourth stage consists of two modules of half the blocks each.
  public var splitsStage3: Bool

  /// A network of the given stages; `name` defaults to a description of them.
  public init(
    name: String? = nil, stages: [Stage], groupsByLayer: [Int: Int] = [:], gate: Gate? = nil,
    inputChannels: Int = 3, classCount: Int = 1000, inputSize: Int = 224,
    splitsStage3: Bool = false
  ) {
    self.stages = stages
    self.inputChannels = inputChannels
    self.groupsByLayer = groupsByLayer.filter { $0.value != 1 }
    self.gate = gate
    self.classCount = classCount
    self.inputSize = inputSize
    self.splitsStage3 = splitsStage3
    self.name = name ?? Self.describe(stages)
  }

  private static func describe(_ stages: [Stage]) -> String {
    "custom-"
      + stages.map { "\($0.blockCount)x\($0.channels)" + ($0.stride == 2 ? "" : "s\($0.stride)") }
      .joined(separator: "-")
  }

  /// The most channels that any layer of a file may have.
  package static let channelLimit = 65536

  /// Number of channels of the pooled feature vector.
  public var featureChannels: Int { stages.last?.channels ?? 0 }

  /// Every block in execution order.
  public var blocks: [BlockShape] {
    var result: [BlockShape] = []
    var channels = inputChannels
    for (stageIndex, stage) in stages.enumerated() {
      for index in 0..<stage.blockCount {
        result.append(
          BlockShape(
            stage: stageIndex, index: index, layer: result.count, inputChannels: channels,
            outputChannels: stage.channels, stride: index == 0 ? stage.stride : 1,
            groups: groupsByLayer[result.count] ?? 1))
        channels = stage.channels
      }
    }
    return result
  }

  /// Number of blocks in the first of the two modules into which RepVGGplus divides stage 3.
  package var stage3FirstBlockCount: Int { stages.count > 3 ? stages[3].blockCount / 2 : 0 }

  /// Whether both describe the same network, whatever their names and input sizes.
  public func hasSameStructure(as other: Architecture) -> Bool {
    stages == other.stages && inputChannels == other.inputChannels
      && groupsByLayer == other.groupsByLayer && gate == other.gate
      && splitsStage3 == other.splitsStage3
  }
}
