import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport

/// `repvgg classify IMAGES --weights FILE`: the likeliest classes of image files.
enum ClassifyCommand {
  private static let top = Option(
    "top", short: "k", .integer(1...1_000_000), default: 5,
    help: "How many classes to print per image.")
  private static let shard = ImageArguments.shard("Classify")

  static let command = Command(
    "classify", summary: "Name the likeliest classes of images",
    discussion: """
      Reads JPEG, PNG, WebP, portable maps and arrays of bytes, and computes a batch while the \
      next ones are decoded. Results are printed in the order of the input: files as given, \
      folders sorted by path. The first line names the preprocessing. Each further line has an \
      image's name and its classes with their probabilities, separated by tabs.

      An image that cannot be read is reported and skipped; the others are classified, and the \
      exit code is 65, or 66 if no image could be opened at all.
      """,
    arguments: [
      ImageArguments.images, PreprocessingOptions.weights, top, ImageArguments.labels,
      ImageArguments.jsonl, shard,
    ],
    groups: [
      Command.Group("Images", BatchEngine.imageArguments),
      Command.Group("Engine", [SharedArguments.form] + BatchEngine.engineArguments),
    ],
    examples: [
      Command.Example("repvgg classify photos/ -w repvgg.safetensors --labels names.txt", ""),
      Command.Example(
        "find . -name '*.jpg' -print0 | repvgg classify - -w a0.pth --jsonl --shard 0/4",
        "the first of four processes"),
    ]
  ) { arguments in
    let selection = try ImageSelection(arguments[ImageArguments.images], shard: arguments[shard])
    let engine = try BatchEngine(
      arguments, forms: [arguments[SharedArguments.form]], imageCount: selection.items.count)
    let names = try arguments[ImageArguments.labels].map { path throws(RepVGGError) in
      try NameFile.labels(contentsOf: path, classCount: engine.classCount)
    }
    let text = ClassificationText(
      isJSON: arguments[ImageArguments.jsonl], labels: names ?? engine.classNames,
      topCount: arguments[top])
    let messages = RunMessages(
      arguments, label: "Classifying", totalCount: selection.items.count)
    defer { messages.finish() }
    try messages.write(text.header(engine, arguments, shard: arguments[shard], selection.skipped))
    messages.remark(on: selection.skipped)
    for problem in selection.problems {
      messages.error(problem)
      if text.isJSON { try messages.write(ImageLines.problem(problem)) }
    }
    var lines = ""
    var totals = try engine.run(selection.items) { outcome, rows in
      messages.report(outcome)
      lines += text.image(outcome, logits: rows.first)
    } batchEnd: { count in
      try messages.write(lines)
      lines = ""
      messages.advance(by: count)
    }
    totals.errors += selection.problems
    messages.conclude(totals)
    return totals.exitCode
  }
}
