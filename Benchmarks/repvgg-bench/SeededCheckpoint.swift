import CommandLineKit
import RepVGG
import ToolSupport

/// `repvgg-bench write-seeded`: the plain network of a seed as a file, for other runtimes.
enum SeededCheckpoint {
  private static let model = Option(
    "model", short: "m", .text("NAME"), default: "A0", help: "Architecture of the catalogue.")
  private static let output = Positional(
    "OUT", .outputFile("safetensors"), help: "The safetensors file to write.")
  private static let force = Flag("force", help: "Replace OUT where it exists.")

  static let command = Command(
    "write-seeded", summary: "Write the plain network that measurements draw from a seed",
    arguments: [model, BenchArguments.seed, output, force], isHidden: true
  ) { arguments in
    guard let architecture = Architecture.named(arguments[model]) else {
      throw UsageError("there is no architecture '\(arguments[model])'")
    }
    let plain = try Network(architecture, seed: arguments[BenchArguments.seed]).reparameterized()
    try plain.deployedCheckpoint(
      metadata: [
        "format": "pt", "form": "plain", "architecture": architecture.name,
        "producer": "repvgg-bench \(ToolVersion.number)",
        "seed": "\(arguments[BenchArguments.seed])",
      ]
    ).write(safetensors: arguments[output], replacing: arguments[force])
    return .success
  }
}
