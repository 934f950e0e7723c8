import CommandLineKit
import Glibc
import RepVGG

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
      at a time. The result is printed and kept for later runs of the same network, shape and \
      thread count on the same CPU.
      """,
    arguments: [
      SharedArguments.weights, batch, size, SharedArguments.threads, SharedArguments.form,
      candidates, SharedArguments.epsilon,
    ]
  ) { arguments in
    let network = try Network(
      contentsOf: arguments[SharedArguments.weights], epsilon: arguments[SharedArguments.epsilon])
    let edge = network.architecture.inputSize
    let chosen = arguments[size] ?? PixelSize(height: edge, width: edge)
    let input = try InputShape(
      batch: arguments[batch], height: chosen.height, width: chosen.width)
    let options = PlanOptions(
      form: arguments[SharedArguments.form], threadCount: arguments[SharedArguments.threads])
    let terminal = Terminal(
      descriptor: STDERR_FILENO, environment: arguments.environment,
      color: arguments[StandardArguments.color])
    let reporter = ProgressReporter(
      label: "Tuning", totalCount: nil, unit: "trials",
      mode: .automatic(
        for: terminal, environment: arguments.environment,
        isQuiet: arguments[StandardArguments.quiet]))
    let result = try PlanTuner(network: network, input: input, options: options).tune(
      candidateCount: arguments[candidates], shouldStop: { SignalTrap.isInterrupted },
      progress: {
        reporter.advance(
          detail: TextFormat.fixed(Double($0.bestNanoseconds) / 1e6, digits: 2) + " ms")
      })
    reporter.finish()
    let path = TuningCache.defaultPath(environment: arguments.environment)
    try TuningCache.store(
      result.choices, for: TuningCache.key(network, input: input, options: options), in: path)
    var table = TextTable("layer", "choice")
    for (name, choice) in result.choices.sorted(by: { $0.key < $1.key }) {
      table.append([name, choice.summary])
    }
    try StandardOutput.write(table.text())
    try StandardOutput.write(
      """

      \(TextFormat.fixed(Double(result.initialNanoseconds) / 1e6, digits: 2)) ms became \
      \(TextFormat.fixed(Double(result.tunedNanoseconds) / 1e6, digits: 2)) ms; kept in \
      \(path.escapedForDisplay)

      """)
    return SignalTrap.isInterrupted ? .interrupted : .success
  }
}
