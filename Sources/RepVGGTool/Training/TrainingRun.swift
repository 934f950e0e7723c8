import CommandLineKit
import Foundation
import Glibc
import RepVGG
import RepVGGImaging
import RepVGGTraining
import TextFormats

/// A run of `train` or `search`: prepared, resumed if there is a state, shown and saved.
struct TrainingRun {
  let trainer: Trainer<Float>
  let directory: TrainingDirectory
  private let arguments: Arguments
  private let isResumed: Bool
  /// Whether the folder's files are those of an earlier run, and may be replaced.
  private let ownsFolder: Bool

  /// Prepares a run; this creates only the folder.
  init(_ arguments: Arguments, method: TrainingMethod?) throws {
    self.arguments = arguments
    let form: TrainingArchitecture.Form =
      switch method {
      case .branched: .branched
      case .plain, .repopt: .plain
      case .csla: .constantScale
      case nil: .hyperSearch
      }
    let data = try DataSet.named(
      arguments[TrainingArguments.data], size: arguments[TrainingArguments.size])
    for (part, source) in [("training", data.training), ("test", data.test)] {
      guard let summary = (source as? ImageFolderSource)?.skipped.summary else { continue }
      StandardError.write("\(arguments.tool.name): passed over in \(part) images: \(summary)\n")
    }
    let architecture = try TrainingArguments.architecture(
      arguments, form: form, classCount: data.training.classCount)
    let folder = arguments[TrainingArguments.output]
    ownsFolder = FileManager.default.fileExists(
      atPath: TrainingDirectory.statePath(in: folder))
    let state =
      arguments[TrainingArguments.restart] ? nil : try TrainingDirectory.savedState(in: folder)
    let seed = arguments[TrainingArguments.seed]
    let network = try TrainingNetwork<Float>(
      architecture, batchSize: arguments[TrainingArguments.batch],
      imageHeight: data.training.height, imageWidth: data.training.width, seed: seed,
      threadCount: Self.threadCount(arguments, state))
    var rule: GradientReparameterization.Rule?
    var scales: RepOptimizerScales?
    if method == .repopt || method == .csla {
      let read = try arguments[TrainingArguments.scales].map { path in
        try RepOptimizerScales(Checkpoint(contentsOf: path), for: architecture)
      }
      let used = read ?? RepOptimizerScales(startOf: architecture)
      if method == .repopt {
        try network.initialize(with: used, seed: seed)
        scales = used
        rule = Self.rule(arguments)
      } else {
        let scaled = network.checkpoint().tensors.merging(used.checkpoint().tensors) { $1 }
        try network.load(Checkpoint(tensors: scaled))
      }
    }
    if let path = arguments[TrainingArguments.weights] {
      try Self.load(Checkpoint(contentsOf: path), into: network)
    }
    trainer = try Trainer(
      network, data: data,
      configuration: TrainingArguments.configuration(arguments, rule: rule),
      scales: scales)
    directory = try TrainingDirectory(path: arguments[TrainingArguments.output])
    if let state { try trainer.resume(from: state) }
    isResumed = state != nil
  }

  /// The threads of a state to resume, with which the run continues to the bit, unless others are
  /// requested.
  private static func threadCount(_ arguments: Arguments, _ state: Checkpoint?) -> Int {
    let wanted = SharedArguments.threadCount(arguments)
    guard let had = state.flatMap(Trainer<Float>.threadCount), had != wanted else { return wanted }
    if arguments.source(of: SharedArguments.threads) == .default { return had }
    StandardError.write(
      "\(arguments.tool.name): warning: the run had \(had) threads and goes on with \(wanted):"
        + " its last bits will not be those of one run; --threads \(had) keeps them\n")
    return wanted
  }

  private static func rule(_ arguments: Arguments) -> GradientReparameterization.Rule {
    switch arguments[TrainingArguments.optimizer] {
    case .sgd: .multipliers(.squares)
    case .adamw:
      .multipliers(arguments[TrainingArguments.signedScales] ? .signedValues : .absoluteValues)
    case .adamwExact: .exact
    }
  }

  /// Loads a checkpoint into a network; a head with other classes keeps its initial values.
  private static func load(_ checkpoint: Checkpoint, into network: TrainingNetwork<Float>) throws {
    let fresh = network.checkpoint()
    var tensors = checkpoint.tensors
    if let head = tensors["linear.weight"], head.shape != fresh.tensors["linear.weight"]?.shape {
      for name in ["linear.weight", "linear.bias"] { tensors[name] = fresh.tensors[name] }
    }
    try network.load(Checkpoint(tensors: tensors, file: checkpoint.file))
  }

  /// Trains to the end or to an interruption; the state is saved after every epoch and at the end.
  func run() throws -> Trainer<Float>.Outcome {
    let progress = progressReporter()
    defer { progress.finish() }
    if isResumed {
      progress.print("going on at step \(stepCount + 1) of \(totalStepCount)")
    }
    let outcome = try trainer.run(shouldStop: { SignalTrap.isInterrupted }) { event in
      switch event {
      case .step(let step):
        progress.advance(
          by: trainer.network.batchSize,
          detail: "epoch \(step.epoch)/\(step.epochCount), loss "
            + TextFormat.fixed(step.loss, digits: 4)
            + ", accuracy \(TextFormat.fixed(100 * step.accuracy, digits: 2)) %")
      case .epoch(let record):
        try save()
        progress.print(Self.line(record))
      }
    }
    progress.finish()
    if outcome == .interrupted {
      try save()
      StandardError.write(
        "interrupted after step \(stepCount) of \(totalStepCount); "
          + "the same command goes on from there\n")
    }
    return outcome
  }

  private func save() throws {
    let configuration = ModelConfiguration(
      trainer.data.training, model: arguments[TrainingArguments.model])
    try directory.save(trainer, metadata: ["format": "pt"].merging(configuration.metadata) { $1 })
    try ConfigurationFile(
      configuration, beside: directory.modelPath, replaces: true, ownsFolder: ownsFolder
    ).write(arguments)
  }

  private var stepCount: Int {
    trainer.position.epoch * trainer.stepsPerEpoch + trainer.position.step
  }

  private var totalStepCount: Int {
    trainer.configuration.epochCount * trainer.stepsPerEpoch
  }

  /// A progress bar on a terminal; elsewhere the log reports everything.
  private func progressReporter() -> ProgressReporter {
    let terminal = Terminal(
      descriptor: STDERR_FILENO, environment: arguments.environment,
      color: arguments[StandardArguments.color])
    let mode = ProgressReporter.Mode.automatic(
      for: terminal, environment: arguments.environment,
      isQuiet: arguments[StandardArguments.quiet] || isatty(STDERR_FILENO) == 0)
    return ProgressReporter(
      label: "Training", totalCount: (totalStepCount - stepCount) * trainer.network.batchSize,
      unit: "images", mode: mode)
  }

  private static func line(_ record: TrainingRecord) -> String {
    func percent(_ share: Double) -> String { TextFormat.fixed(100 * share, digits: 2) + " %" }
    return "epoch \(record.epoch): loss \(TextFormat.fixed(record.loss, digits: 4)), training "
      + "\(percent(record.trainingAccuracy)), test \(percent(record.testAccuracy)), "
      + "\(TextFormat.fixed(record.imagesPerSecond, digits: 0)) images/s"
  }

  /// Prints the result of a finished run.
  func report(_ further: [(String, JSONValue)] = []) throws {
    guard let last = trainer.records.last else { return }
    if arguments[SharedArguments.json] {
      var report: JSONObject = [
        "schema_version": 1, "data": .string(trainer.data.name),
        "model": .string(arguments[TrainingArguments.model]),
        "form": .string(trainer.network.architecture.form.rawValue),
        "epochs": .integer(last.epoch), "steps": .integer(last.step), "loss": .double(last.loss),
        "training_accuracy": .double(last.trainingAccuracy),
        "test_accuracy": .double(last.testAccuracy),
        "images_per_second": .double(last.imagesPerSecond), "resumed": .bool(isResumed),
        "params": .integer(trainer.network.parameterCount),
        "weights": .string(directory.modelPath), "log": .string(directory.logPath),
      ]
      for (key, value) in further { report[key] = value }
      try StandardOutput.write(JSONWriter().text(.object(report)) + "\n")
    } else {
      try StandardOutput.write(
        "\(Self.line(last))\nwrote \(directory.modelPath.escapedForDisplay)\n")
      for (_, value) in further {
        try StandardOutput.write("wrote \((value.stringValue ?? "").escapedForDisplay)\n")
      }
    }
  }
}
