import CommandLineKit
import RepVGG

/// The options of every command that reads a network: what its file does not contain, or leaves
/// open.
package enum NetworkArguments {
  private static let epsilon = Option(
    "epsilon", .number(0...1, "EPSILON"), default: BatchNorm.defaultEpsilon,
    defaultText: "1e-5", help: "Batch-norm epsilon in training, which files do not contain.")
  private static let group = Option(
    "group", .text("NAME"), defaultText: "the averaged weights",
    help: "The weights to load if a file holds a network more than once, such as state_dict.")
  private static let strides = Option(
    "strides", .list(of: .integer(1...2), maximumCount: 5), default: [],
    defaultText: "2, but 1 if the file proves it",
    help: "Strides of the stem and the four stages, such as 1,1,2,2,2, which files do not contain.")

  /// The options, for the arguments of a command.
  package static let all: [any ArgumentDeclaration] = [epsilon, group, strides]

  /// The options from a command line that declares ``all``.
  package static func options(_ arguments: Arguments) -> NetworkOptions {
    let strides = arguments[strides]
    return NetworkOptions(
      epsilon: arguments[epsilon], group: arguments[group],
      strides: strides.isEmpty ? nil : strides)
  }

  /// What is said of a checkpoint whose blocks merge without a known network; epsilon and strides only
  /// where they are given.
  package static func mergingOptions(_ arguments: Arguments) -> MergingOptions {
    let options = options(arguments)
    return MergingOptions(
      epsilon: arguments.isGiven(epsilon) ? options.epsilon : nil, group: options.group,
      strides: options.strides)
  }

  /// The network of a file, read with the options of the command line.
  ///
  /// - Parameters:
  ///   - path: The file of weights.
  ///   - arguments: Those of a command that declares ``all``.
  /// - Returns: The network.
  /// - Throws: `RepVGGError`.
  package static func network(
    _ path: String, _ arguments: Arguments
  ) throws(RepVGGError) -> Network {
    try network(ModelFile(named: path), path: path, arguments)
  }

  /// The network of a file, read with the options of the command line.
  ///
  /// If the file contains several networks, the choice is reported on standard error.
  ///
  /// - Parameters:
  ///   - file: The contents of the file.
  ///   - path: Its name.
  ///   - options: Options that replace those of the command line.
  ///   - arguments: Those of a command that declares ``all``.
  /// - Returns: The network.
  /// - Throws: `RepVGGError`.
  package static func network(
    _ file: ModelFile, path: String, options: NetworkOptions? = nil, _ arguments: Arguments
  ) throws(RepVGGError) -> Network {
    let network = try Network(
      file, path: path, options: options ?? Self.options(arguments))
    if !arguments.isGiven(group) { announceChoice(network.origin, arguments) }
    return network
  }

  /// Reports which group was loaded if there are several, and how to load another one.
  private static func announceChoice(_ origin: Network.Origin, _ arguments: Arguments) {
    guard origin.groups.count > 1, !arguments[StandardArguments.quiet],
      let taken = origin.groups.first(where: { $0.name == origin.group })
    else { return }
    let others = origin.groups.filter { $0.name != taken.name }.map { "--group '\($0.name)'" }
    let text =
      "\(arguments.tool.name): \(origin.file ?? ""): holds \(origin.groups.count) networks; took"
      + (taken.isAveraged ? " the averaged weights" : "")
      + " '\(taken.name)'; \(others.joined(separator: " or ")) takes"
      + (others.count > 1 ? " another" : " the other")
    StandardError.write(text.escapedForDisplay + "\n")
  }
}

extension Checkpoint {
  /// Reads the file that a command line names; `-` is standard input.
  ///
  /// - Throws: What ``Checkpoint/init(contentsOf:)`` throws.
  package init(named path: String) throws(RepVGGError) {
    try self.init(contentsOf: path == "-" ? "/dev/stdin" : path)
  }
}
