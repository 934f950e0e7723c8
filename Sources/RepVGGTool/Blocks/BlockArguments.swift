import CommandLineKit
import RepVGG
import ToolSupport

/// Checkpoints whose network is not known, but whose blocks are: the options, and when they are merged.
enum BlockArguments {
  static let identity = Option(
    "identity",
    .oneOfCases("KIND") { (identity: MergingOptions.Identity) in
      switch identity {
      case .none: "nothing"
      case .plain: "its input, as in QARepVGG"
      case .average: "its input and the average around it, as in YOLOv6's QARepVGG V2"
      }
    }, defaultText: "the input in QARepVGG's blocks of stride 1",
    help: "What a block adds that has no tensors, where the network is not known.")

  /// What is known of the blocks from the command line.
  static func options(_ arguments: Arguments) -> MergingOptions {
    var options = NetworkArguments.mergingOptions(arguments)
    options.identity = arguments[identity]
    return options
  }

  /// The merged blocks of a checkpoint, whatever its network is.
  ///
  /// - Throws: `badData` if there are none.
  static func merging(
    _ checkpoint: Checkpoint, _ arguments: Arguments
  ) throws(RepVGGError) -> CheckpointMerging {
    guard let merging = try CheckpointMerging(checkpoint, options: options(arguments)) else {
      throw RepVGGError(
        .badData,
        "holds no branches that merge: none of its \(checkpoint.tensors.count) names is of a block of"
          + " a known family", file: checkpoint.file)
    }
    return merging
  }

  /// The merged blocks of a checkpoint that is no known network.
  ///
  /// - Parameters:
  ///   - checkpoint: The file.
  ///   - error: Why it is no network.
  ///   - arguments: The command line.
  /// - Returns: The blocks, and the tensors that are copied.
  /// - Throws: `error` if there are no blocks, or if they are such a network's.
  static func merging(
    _ checkpoint: Checkpoint, after error: RepVGGError, _ arguments: Arguments
  ) throws(RepVGGError) -> CheckpointMerging {
    guard [.badData, .unsupported, .invalidArgument].contains(error.kind),
      try !CheckpointMerging.isOfKnownNetwork(checkpoint),
      let merging = try CheckpointMerging(checkpoint, options: options(arguments))
    else { throw error }
    return merging
  }
}

extension CheckpointMerging {
  /// How many blocks there are of each family: `RepVGG 16, convolution 32`.
  var familyText: String {
    familyCounts.map { "\($0.family) \($0.count)" }.joined(separator: ", ")
  }

  /// The families with their blocks, by name.
  var familyCounts: [(family: String, count: Int)] {
    Dictionary(grouping: blocks, by: \.family).map { ($0.key, $0.value.count) }
      .sorted { $0.0 < $1.0 }
  }
}
