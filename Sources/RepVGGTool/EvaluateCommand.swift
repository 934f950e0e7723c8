import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport

/// `repvgg evaluate DIR --weights FILE`: accuracy on a folder of class folders.
enum EvaluateCommand {
  private static let directory = Positional(
    "DIR", .directory, help: "A folder with one folder of images for each class.")
  private static let form = Option(
    "form", .oneOfCases("FORM") { (form: EvaluationForm) in form.summary },
    default: EvaluationForm.plain,
    help: "The form to compute; both also checks that they agree on every image.")
  private static let classes = Option(
    "classes", .inputFile("txt"), defaultText: "folders sorted by name",
    help: "Folder names in the order of the network's outputs, one per line.")
  private static let perClass = Flag("per-class", help: "Print the counts of every class.")

  static let command = Command(
    "evaluate", summary: "Measure the accuracy on a folder of class folders",
    discussion: """
      The folders are the classes that the network's file names. If it names none of them, they \
      are the network's classes in order, sorted by name, as in torchvision's ImageFolder. \
      --classes sets another order or a part of them. Prints how often the right class is the \
      likeliest (top-1) and among the five likeliest (top-5).

      With --form both it exits with 2 if the likeliest class of an image differs between the \
      branched and the plain form. An image that cannot be read is reported and skipped; the exit \
      code is then 65.
      """,
    arguments: [
      directory, PreprocessingOptions.weights, form, classes, perClass, SharedArguments.json,
    ],
    groups: [
      Command.Group("Images", BatchEngine.imageArguments),
      Command.Group("Engine", BatchEngine.engineArguments),
    ], verdicts: [.mismatch],
    examples: [
      Command.Example("repvgg evaluate imagenet/val -w a0.pth --form both", "accuracy and parity")
    ]
  ) { arguments in
    let dataset = try ImageDataset.imageFolder(arguments[directory])
    guard !dataset.items.isEmpty else {
      throw dataset.problems.first
        ?? RepVGGError(.missingInput, "has no images in its folders", file: arguments[directory])
    }
    let engine = try BatchEngine(
      arguments, forms: arguments[form].forms, imageCount: dataset.items.count)
    let targets = try targets(dataset, engine, arguments)
    let messages = RunMessages(arguments, label: "Evaluating", totalCount: dataset.items.count)
    defer { messages.finish() }
    for problem in dataset.problems { messages.error(problem) }
    messages.remark(on: dataset.skipped)
    for name in dataset.emptyClasses.prefix(3) {
      messages.remark("the class folder \(name.quotedForDisplay()) holds no images")
    }
    var tally = EvaluationTally(classCount: dataset.classNames.count)
    var totals = try engine.run(dataset.items) { outcome, rows in
      if let error = outcome.error { messages.error(error) }
      guard let folder = outcome.item.classIndex else { return }
      tally.add(path: outcome.item.path, folder: folder, target: targets[folder], rows: rows)
    } batchEnd: { count in
      messages.advance(by: count)
    }
    totals.errors += dataset.problems
    messages.finish()
    let report = EvaluationReport(
      engine: engine, totals: totals, tally: tally, folders: dataset.classNames,
      targets: targets, listsClasses: arguments[perClass], skipped: dataset.skipped)
    try messages.write(
      arguments[SharedArguments.json] ? report.json(arguments, arguments[directory]) : report.text)
    if totals.isInterrupted { return .interrupted }
    return tally.comparison.agrees ? totals.exitCode : .mismatch
  }

  /// The network's output for each class folder.
  private static func targets(
    _ dataset: ImageDataset, _ engine: BatchEngine, _ arguments: Arguments
  ) throws(RepVGGError) -> [Int] {
    let folders = dataset.classNames
    let classCount = engine.classCount
    guard let path = arguments[classes] else {
      let own = Dictionary(
        (engine.classNames ?? []).enumerated().map { ($1, $0) }, uniquingKeysWith: min)
      if folders.allSatisfy({ own[$0] != nil }) { return folders.compactMap { own[$0] } }
      guard folders.count == classCount else {
        let empty = dataset.emptyClasses
        let without =
          empty.isEmpty
          ? "" : ", \(empty.count) without images such as \(empty[0].quotedForDisplay())"
        throw RepVGGError(
          .badData,
          "has \(folders.count) class folders\(without); the network has \(classCount) classes;"
            + " give --classes to say which are which", file: arguments[directory])
      }
      return Array(folders.indices)
    }
    var outputs: [String: Int] = [:]
    for (index, name) in try NameFile.labels(contentsOf: path, classCount: classCount).enumerated()
    {
      guard outputs.updateValue(index, forKey: name) == nil else {
        throw RepVGGError(
          .badData, "names \(name.quotedForDisplay()) twice", file: path)
      }
    }
    return try folders.map { folder throws(RepVGGError) in
      guard let output = outputs[folder] else {
        throw RepVGGError(
          .badData, "does not name the class folder \(folder.quotedForDisplay())", file: path)
      }
      return output
    }
  }
}
