import CommandLineKit

/// `repvgg train`: a network from images.
enum TrainCommand {
  static let command = Command(
    "train", summary: "Train a network and write its checkpoint",
    discussion: """
      The folder receives model.safetensors with the official names, config.json with its \
      preprocessing, log.jsonl with a line per epoch, and state.safetensors, from which the same \
      command resumes to the bit after an interruption or a kill. It resumes with the threads that \
      it had; another --threads is allowed and changes the last bits. If the loss is not a number, \
      the run ends with an error that names the step and the layer.
      """,
    arguments: TrainingArguments.common + [
      TrainingArguments.form, TrainingArguments.scales, TrainingArguments.signedScales,
    ],
    examples: [
      Command.Example("repvgg train --output run", "the digits, 15 epochs"),
      Command.Example(
        "repvgg train --form repopt --scales search/scales.safetensors -o run",
        "the plain network by RepOptimizer"),
      Command.Example(
        "repvgg train --data photos --model A0 --epochs 60 --shift 8 --flips -o run",
        "an ImageFolder"),
    ]
  ) { arguments in
    let method = arguments[TrainingArguments.form]
    if arguments.isGiven(TrainingArguments.scales), ![.repopt, .csla].contains(method) {
      throw UsageError("--scales needs --form repopt or csla")
    }
    if arguments[TrainingArguments.signedScales],
      method != .repopt || arguments[TrainingArguments.optimizer] != .adamw
    {
      throw UsageError("--signed-scales needs --form repopt and --optimizer adamw")
    }
    if arguments[TrainingArguments.optimizer] == .adamwExact, method != .repopt {
      throw UsageError("--optimizer adamw-exact is a rule of RepOptimizer: it needs --form repopt")
    }
    let run = try TrainingRun(arguments, method: method)
    guard try run.run() == .finished else { return .interrupted }
    try run.report()
    return .success
  }
}
