import CommandLineKit
import Glibc
import RepVGG
import ToolSupport

/// `repvgg tune FILE`: times algorithms on this machine and keeps the best choices.
enum TuneCommand {
  private static let batch = Option(
    "batch", short: "b", .integer(1...4096), default: 1, help: "Images at once.")
  private static let size = Option(
    "size", short: "s", .pixelSize(1...8192), defaultText: "the architecture's",
    help: "Input size, H or HxW.")
  private static let candidates = Option(
    "candidates", .integer(1...200), default: 12, help: "Candidates to time for a layer shape.")

  static let command = Command(
    "tune", summary: "Time algorithms in the whole network on this machine",
    discussion: """
      Starts from the cost model's plan and tries other algorithms and parameters, one layer shape \
      at a time. The result is printed and kept in the file of --tuning, where run, classify, \
      evaluate and repvgg-bench find it for the same network, form, input shape with its batch, \
      thread count, --policy and --algorithm on the same CPU. compact cannot be tuned: its memory \
      is shared out among all layers.
      """,
    arguments: [
      SharedArguments.weights, batch, size, SharedArguments.threads, SharedArguments.form,
      candidates, EngineOptions.policy, EngineOptions.algorithm, Pinning.option, Tuning.option,
    ] + NetworkArguments.all,
    examples: [
      Command.Example("repvgg tune model.pth --batch 8 --size 224", "for batches of eight")
    ]
  ) { arguments in
    guard arguments[EngineOptions.policy] != .compact else {
      throw UsageError("--policy compact cannot be tuned: its memory is shared by all layers")
    }
    let network = try StatedNetwork(
      arguments[SharedArguments.weights], arguments, needsConfiguration: false
    ).network
    let edge = network.architecture.inputSize
    let chosen = arguments[size] ?? PixelSize(height: edge, width: edge)
    let input = try InputShape(
      batch: arguments[batch], channels: network.architecture.inputChannels,
      height: chosen.height, width: chosen.width)
    let options = EngineOptions.planOptions(arguments, form: arguments[SharedArguments.form])
    let cpus = arguments[Pinning.option].cpus
    try Pinning.pinCaller(cpus)
    let terminal = Terminal(
      descriptor: STDERR_FILENO, environment: arguments.environment,
      color: arguments[StandardArguments.color])
    let reporter = ProgressReporter(
      label: "Tuning", totalCount: nil, unit: "trials",
      mode: .automatic(
        for: terminal, environment: arguments.environment,
        isQuiet: arguments[StandardArguments.quiet]))
    let result = try PlanTuner(network: network, input: input, options: options, cpus: cpus).tune(
      candidateCount: arguments[candidates], shouldStop: { SignalTrap.isInterrupted },
      progress: {
        reporter.advance(
          detail: TextFormat.fixed(Double($0.bestNanoseconds) / 1e6, digits: 2) + " ms")
      })
    reporter.finish()
    let path = Tuning.path(arguments)
    if let path {
      try TuningCache.store(
        result.choices, for: TuningCache.key(network, input: input, options: options), in: path)
    }
    var table = TextTable("layer", "choice")
    for (name, choice) in result.choices.sorted(by: { $0.key < $1.key }) {
      table.append([name, choice.summary])
    }
    try StandardOutput.write(table.text())
    try StandardOutput.write(
      """

      \(TextFormat.fixed(Double(result.initialNanoseconds) / 1e6, digits: 2)) ms became \
      \(TextFormat.fixed(Double(result.tunedNanoseconds) / 1e6, digits: 2)) ms; \
      \(path.map { "kept in \($0.escapedForDisplay)" } ?? "not kept")

      """)
    return SignalTrap.isInterrupted ? .interrupted : .success
  }
}
