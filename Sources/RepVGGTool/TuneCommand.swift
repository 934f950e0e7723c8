import CommandLineKit
import Glibc
import Measurement
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
    "candidates", .integer(1...200), default: 12, help: "Candidates to time per layer shape.")

  private static let minimumTime = Option(
    "min-time", .duration(.milliseconds(1) ... .seconds(60)), default: .milliseconds(100),
    help: "Time each plan of a trial for at least this long, in seconds.")

  static let command = Command(
    "tune", summary: "Time algorithms in the whole network on this machine",
    discussion: """
      Starts from the cost model's plan and tries other algorithms and parameters, one layer shape \
      at a time. The result is printed and stored in the file of --tuning, where run, classify, \
      evaluate and repvgg-bench find it for the same network, form, input shape with its batch, \
      thread count, --policy and --algorithm on the same CPU. compact cannot be tuned, because all \
      layers share its memory.

      Plans are timed in turn. A plan is kept if it is certainly faster than the first one. If the \
      machine is too noisy to tell, nothing is kept and the exit code is 3.
      """,
    arguments: [
      SharedArguments.weights, batch, size, SharedArguments.threads, SharedArguments.form,
      candidates, minimumTime, EngineOptions.policy, EngineOptions.algorithm, Pinning.option,
      Tuning.option,
    ] + NetworkArguments.all, verdicts: [.undecided],
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
    let edge = network.origin.inputSize
    let chosen = arguments[size] ?? PixelSize(height: edge, width: edge)
    let input = try InputShape(
      batch: arguments[batch], channels: network.inputChannels,
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
    let timing = PlanTiming(
      minimumNanoseconds: UInt64(max(1, arguments[minimumTime].nanosecondsValue)),
      readNoise: NoiseGauge().read, isInterrupted: { SignalTrap.isInterrupted })
    let outcome = try PlanTuner(
      network: network, input: input, options: options, cpus: cpus, cancellation: .interruption
    ).tune(
      candidateCount: arguments[candidates],
      progress: { reporter.advance(detail: "\($0.totalCount) planned") }, compare: timing.compare)
    reporter.finish()
    let path = Tuning.path(arguments)
    func keep(
      _ choices: [ConvolutionLayer: ConvolutionChoice], _ sentence: String
    ) throws -> ExitCode {
      let layers = try Plan.convolutionLayers(network, input: input, options: options)
      if let path {
        try TuningCache.store(
          Dictionary(uniqueKeysWithValues: choices.map { ($0.key.line, $0.value) }),
          for: TuningCache.key(layers.map { $0.layer }, input: input, options: options), in: path)
      }
      var table = TextTable("layer", "choice")
      for (name, layer) in layers { table.append([name, choices[layer]?.method.summary ?? ""]) }
      let kept = path.map { "kept in \($0.escapedForDisplay)" } ?? "not kept"
      try StandardOutput.write(table.text() + "\n\(sentence); \(kept)\n")
      return .success
    }
    switch outcome {
    case .faster(let choices, let comparison):
      return try keep(
        choices,
        "\(milliseconds(comparison.baselineNanoseconds)) became "
          + "\(milliseconds(comparison.candidateNanoseconds)) (\(comparison.reason))")
    case .unchanged(let choices):
      return try keep(choices, "nothing that was tried is faster than the first plan")
    case .undecided(let reason):
      StandardError.write(
        "repvgg: undecided: \(reason.escapedForDisplay); nothing is kept. Try again while the machine"
          + " is idle, or with a longer --min-time\n")
      return .undecided
    }
  }

  private static func milliseconds(_ nanoseconds: Double) -> String {
    TextFormat.fixed(nanoseconds / 1e6, digits: 2) + " ms"
  }
}
