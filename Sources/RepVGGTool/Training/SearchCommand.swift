import CommandLineKit
import RepVGG
import RepVGGTraining
import ToolSupport

/// `repvgg search`: the scales of RepOptimizer, by training them.
enum SearchCommand {
  static let command = Command(
    "search", summary: "Search the scales of RepOptimizer",
    discussion: """
      Trains branches whose scales are parameters too, and writes the scales to scales.safetensors \
      in the run's folder, with the names of the official code. 'repvgg train --form repopt \
      --scales' uses them for the same stages, with any images.
      """,
    arguments: TrainingArguments.common,
    examples: [Command.Example("repvgg search --epochs 15 --output search", "")]
  ) { arguments in
    guard arguments[TrainingArguments.optimizer] != .adamwExact else {
      throw UsageError("--optimizer adamw-exact is a rule of RepOptimizer: search has none")
    }
    let run = try TrainingRun(arguments, method: nil)
    guard try run.run() == .finished else { return .interrupted }
    let network = run.trainer.network
    let path = "\(run.directory.path)/scales.safetensors"
    try RepOptimizerScales(network.checkpoint(), for: network.architecture)
      .checkpoint(metadata: [
        "format": "pt", "producer": "repvgg \(ToolVersion.number)",
        "model": arguments[TrainingArguments.model], "data": run.trainer.data.name,
      ]).write(safetensors: path, replacing: true)
    try run.report([("scales", .string(path))])
    return .success
  }
}
