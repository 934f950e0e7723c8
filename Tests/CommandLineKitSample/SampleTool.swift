import CommandLineKit

/// A tool that has one of everything: what the tests parse, document, complete and run.
package enum SampleTool {
  /// The tool that has subcommands and names one of them at every call.
  package static let tool = CommandLineTool(
    root: Command(
      "sample", summary: "Convert and count sample networks",
      discussion: """
        A tool for tests. It reads networks and writes networks.

        Lines that begin with a dot or hold 'quotes', back\\slashes and -dashes- are printed as they
        are.
        """,
      sharedArguments: [StandardArguments.color, StandardArguments.quiet],
      subcommands: [
        ConvertCommand.command, ClassifyCommand.command, MeasureCommand.command,
        Command(
          "cache", summary: "Look after the cache of plans",
          subcommands: [
            Command("clear", summary: "Empty the cache") { _ in .success },
            Command("list", summary: "List the cache's entries") { _ in .success },
          ]),
        Command("secret", summary: "Do something unmentioned", isHidden: true) { _ in .undecided },
      ],
      examples: [
        Command.Example("sample convert a.pth a.safetensors", "Convert one file.")
      ]),
    versionNumber: "1.2.3", versionText: { "sample 1.2.3 (test)" })

  /// The tool whose subcommand `run` is meant where none is named.
  package static let bench = CommandLineTool(
    root: Command(
      "sample-bench", summary: "Measure sample networks",
      sharedArguments: [StandardArguments.color, StandardArguments.quiet],
      subcommands: [
        RunCommand.command,
        Command(
          "compare", summary: "Compare two results",
          arguments: [RunCommand.old, RunCommand.new], verdicts: [.mismatch, .undecided]
        ) { _ in .mismatch },
      ],
      defaultSubcommand: "run"),
    versionNumber: "1.2.3", versionText: { "sample-bench 1.2.3 (test)" })
}

/// `sample convert`.
package enum ConvertCommand {
  package static let input = Positional(
    "IN", .inputFile("pth", "safetensors"), help: "Checkpoint to read.")
  package static let output = Positional(
    "OUT", .outputFile("safetensors", orStandardOutput: true), help: "File to write.")
  package static let force = Flag("force", short: "f", help: "Replace OUT where it exists.")
  package static let json = Flag("json", help: "Print a JSON report instead of text.")
  package static let epsilon = Option(
    "epsilon", .number(0...1), default: 1e-5, help: "Batch-norm epsilon.")
  package static let check = Flag(
    "check", isNegatable: true, default: true, environment: "REPVGG_CHECK",
    help: "Compare both forms on random inputs.")
  package static let note = Option(
    "note", .each(.text("KEY=VALUE")), default: [], help: "Text to add to the metadata.")

  package static let command = Command(
    "convert", summary: "Merge the branches of a checkpoint",
    discussion: "Reads IN, merges every block's branches and writes OUT.",
    arguments: [input, output, force, json, epsilon, check, note],
    verdicts: [.mismatch],
    examples: [
      Command.Example("sample convert --force a.pth b.safetensors", "Replace b.safetensors.")
    ]
  ) { arguments in
    try StandardOutput.write(
      "\(arguments[input].escapedForDisplay) to \(arguments[output].escapedForDisplay)\n")
    return .success
  }
}

/// `sample classify`.
package enum ClassifyCommand {
  package static let files = Positional(
    "FILE", .each(.path), help: "Images or directories; '-' is standard input.")
  package static let weights = Option(
    required: "weights", short: "w", .inputFile("pth", "safetensors"),
    environment: "REPVGG_WEIGHTS", help: "Checkpoint to run.")
  package static let labels = Option("labels", .inputFile("txt"), help: "Names of the classes.")
  package static let output = Option(
    "output-directory", .directory, help: "Directory for one file an image.")
  package static let top = Option(
    "top", short: "k", .integer(1...1000), default: 5, help: "How many classes to print.")

  package static let command = Command(
    "classify", summary: "Name what images show", arguments: [files, weights, labels, output, top]
  ) { _ in .success }
}

/// `sample-bench run`.
package enum RunCommand {
  package enum Form: String, CaseIterable, Sendable {
    case plain, branched, folded
  }

  package enum Format: String, CaseIterable, Sendable {
    case text, json, csv
  }

  package static let models = [Choice("A0"), Choice("A1"), Choice("B1"), Choice("B1g2")]
  package static let model = Option(
    "model", .list(of: .oneOf(models, "NAME", ignoresCase: true)), default: ["A0"],
    help: "Architectures to measure.")
  package static let weights = Option(
    "weights", .inputFile("pth", "safetensors"), environment: "REPVGG_WEIGHTS",
    help: "Checkpoint to measure.")
  package static let form = Option(
    "form",
    .list(
      of: .oneOfCases("FORM") {
        switch $0 {
        case .plain: "one convolution a block"
        case .branched: "as trained: [3x3] + 1x1 + \"identity\""
        case .folded: "batch norms folded"
        }
      }), default: [Form.plain, .branched], help: "Forms to measure.")
  package static let batch = Option(
    "batch", short: "b", .integerSweep(1...4096), default: [1], help: "Batch sizes.")
  package static let threads = Option(
    "threads", short: "t", .integerSweep(1...1024), environment: "REPVGG_THREADS",
    help: "Thread counts.")
  package static let size = Option(
    "size", .list(of: .pixelSize(32...4096)), default: [PixelSize(height: 224, width: 224)],
    help: "Input sizes.")
  package static let minimumTime = Option(
    "min-time", .duration(.milliseconds(1) ... .seconds(3600)), default: .seconds(2),
    help: "Time to measure each scenario at least.")
  package static let seed = Option("seed", .seed, default: 0, help: "Seed of random weights.")
  package static let format = Option(
    "format", .oneOfCases("FORMAT"), default: Format.text, help: "How results are printed.")
  package static let progress = Flag(
    "progress", isNegatable: true, default: true, help: "Show progress on standard error.")
  package static let old = Positional("OLD", .inputFile("json"), help: "Earlier result.")
  package static let new = Positional("NEW", .inputFile("json"), help: "Later result.")

  package static let command = Command(
    "run", summary: "Measure forms side by side",
    arguments: [model, weights, form, batch, threads, size],
    groups: [
      Command.Group("Measurement", [minimumTime, seed]),
      Command.Group("Output", [format, progress]),
    ],
    constraints: [.conflict(model, weights)]
  ) { arguments in
    try StandardOutput.write("\(arguments[model]) \(arguments[batch])\n")
    return .success
  }
}
