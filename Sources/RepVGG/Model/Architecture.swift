/// An entry of the catalogue: the name of a network, the images it is for, and how its nodes are
/// built.
///
/// ``Network/init(_:seed:)`` builds one with random weights; checkpoints bring their own.
public struct Architecture: Sendable {
  /// The name in the catalogue, or one that describes a custom network.
  public var name: String
  /// Channels of the images, 3 for colour.
  public var inputChannels: Int
  /// Number of classes: of the linear head, of boxes or of pixels; 0 for a backbone, which has none.
  public var classCount: Int
  /// Input height and width that the published weights are used with.
  public var inputSize: Int
  /// The family whose names its checkpoints have.
  package let family: Family
  /// Appends the nodes of the network.
  let build: @Sendable (Architecture, inout NetworkBuilder, inout SeededTensors) -> Void

  init(
    name: String, inputChannels: Int, classCount: Int, inputSize: Int, family: Family,
    build: @escaping @Sendable (Architecture, inout NetworkBuilder, inout SeededTensors) -> Void
  ) {
    self.name = name
    self.inputChannels = inputChannels
    self.classCount = classCount
    self.inputSize = inputSize
    self.family = family
    self.build = build
  }

  /// Whether it consists of RepVGG's blocks alone, up to the classifier.
  package var isOfRepVGGBlocks: Bool { family == .official || family == .repVGGplus }

  /// The most channels that any layer of a file may have.
  package static let channelLimit = 65536
}
