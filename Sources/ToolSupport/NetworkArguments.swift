import CommandLineKit
import RepVGG

/// The options of every command that reads a network: what its file does not say, or leaves open.
package enum NetworkArguments {
  private static let epsilon = Option(
    "epsilon", .number(0...1, "EPSILON"), default: BatchNorm.defaultEpsilon,
    defaultText: "1e-5", help: "Batch-norm epsilon of the training; files do not hold it.")
  private static let group = Option(
    "group", .text("NAME"), defaultText: "the averaged weights",
    help: "The weights to take where a file holds a network more than once, such as state_dict.")
  private static let strides = Option(
    "strides", .list(of: .integer(1...2), maximumCount: 5), default: [],
    defaultText: "2, but 1 where the file proves it",
    help: "Strides of the stem and the four stages, such as 1,1,2,2,2; files do not hold them.")

  /// The options, for the arguments of a command.
  package static let all: [any ArgumentDeclaration] = [epsilon, group, strides]

  /// What a command line that declares ``all`` says.
  package static func options(_ arguments: Arguments) -> NetworkOptions {
    let strides = arguments[strides]
    return NetworkOptions(
      epsilon: arguments[epsilon], group: arguments[group],
      strides: strides.isEmpty ? nil : strides)
  }

  /// The network of a file, read as the command line says.
  ///
  /// - Parameters:
  ///   - path: The file of weights.
  ///   - arguments: Of a command that declares ``all``.
  /// - Throws: `RepVGGError`.
  package static func network(
    _ path: String, _ arguments: Arguments
  ) throws(RepVGGError) -> Network {
    try network(Checkpoint(contentsOf: path), arguments)
  }

  /// The network of a checkpoint, read as the command line says.
  package static func network(
    _ checkpoint: Checkpoint, _ arguments: Arguments
  ) throws(RepVGGError) -> Network {
    try Network(checkpoint, options: options(arguments))
  }
}
