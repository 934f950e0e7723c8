import CommandLineKit
import RepVGG
import ToolSupport

/// `repvgg-bench write-seeded`: the network of a seed as a file, for other runtimes.
enum SeededCheckpoint {
  private static let model = Option(
    "model", short: "m", .text("NAME"), default: "A0", help: "Architecture of the catalogue.")
  private static let form = Option(
    "form", .oneOfCases("FORM"), default: Form.plain,
    help: "plain, or branched with the names of training.")
  private static let output = Positional(
    "OUT", .outputFile("safetensors"), help: "The safetensors file to write.")
  private static let force = Flag("force", help: "Replace OUT if it exists.")

  static let command = Command(
    "write-seeded", summary: "Write the network that measurements draw from a seed",
    arguments: [model, form, BenchArguments.seed, output, force], isHidden: true
  ) { arguments in
    guard let architecture = Architecture.named(arguments[model]) else {
      throw UsageError("there is no architecture '\(arguments[model])'")
    }
    let network = Network(architecture, seed: arguments[BenchArguments.seed])
    guard network.origin.family != .unnamed else {
      throw RepVGGError(
        .unsupported,
        "\(architecture.name) cannot be written: checkpoints are of networks of RepVGG's and"
          + " MobileOne's blocks")
    }
    let metadata = [
      "format": "pt", "form": arguments[form].rawValue, "architecture": architecture.name,
      "producer": "repvgg-bench \(ToolVersion.number)",
      "seed": "\(arguments[BenchArguments.seed])",
    ]
    let checkpoint =
      switch arguments[form] {
      case .plain: try network.reparameterized().deployedCheckpoint(metadata: metadata)
      case .branched: try trained(network, metadata)
      case .folded: throw UsageError("a checkpoint is plain or branched")
      }
    try checkpoint.write(safetensors: arguments[output], replacing: arguments[force])
    return .success
  }

  /// The branches under the names that the seeded tensors have: those of the authors.
  private static func trained(
    _ network: Network, _ metadata: [String: String]
  ) throws(RepVGGError) -> Checkpoint {
    guard [.official, .mobileOne].contains(network.origin.family) else {
      throw RepVGGError(
        .unsupported, "\(network.origin.architecture) is written as plain network only")
    }
    var tensors: [String: Tensor] = [:]
    for tensor in network.tensors { tensors[tensor.name] = tensor }
    return Checkpoint(tensors: tensors, metadata: metadata)
  }
}
