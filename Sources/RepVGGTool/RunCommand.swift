import CommandLineKit
import Foundation
import Glibc
import RepVGG
import ToolSupport
import TextFormats

/// `repvgg run FILE --input x.npy --output y.npy`: logits and features of arrays.
enum RunCommand {
  private static let input = Option(
    required: "input", short: "i", .inputFile("npy"),
    help: """
      Images, an NPY array [batch, channels, height, width], normalised, or of bytes with --preset \
      or --mean and --std; - for standard input.
      """)
  private static let output = Option(
    required: "output", short: "o", .outputFile("npy", orStandardOutput: true),
    help: "Receives the logits [batch, classes], or the pooled features [batch, channels] of a"
      + " network without a classifier; - for standard output.")
  private static let features = Option(
    "features", .directory,
    help: "Folder that receives every stage's output as stage0.npy … stage4.npy.")

  static let command = Command(
    "run", summary: "Compute the logits of images in an NPY file",
    arguments: [
      SharedArguments.weights, input, output, SharedArguments.form, SharedArguments.threads,
      EngineOptions.policy, EngineOptions.algorithm, Pinning.option, Tuning.option, features,
      SharedArguments.json,
    ] + NetworkArguments.all,
    groups: [Command.Group("Images of bytes", PreprocessingOptions.levels)],
    examples: [
      Command.Example("repvgg run model.pth -i images.npy -o logits.npy --features out", "")
    ]
  ) { arguments in
    let stated = try StatedNetwork(
      arguments[SharedArguments.weights], arguments,
      needsConfiguration: arguments[PreprocessingOptions.preset] == "file")
    let network = stated.network
    let images = try ImageArray(
      contentsOf: arguments[input], for: network,
      normalization: PreprocessingOptions.pixelLevels(arguments, stated))
    var options = EngineOptions.planOptions(arguments, form: arguments[SharedArguments.form])
    options.collectsFeatures = arguments[features] != nil
    let plan = try Tuning(arguments).plan(network, input: images.shape, options: options)
    let cpus = arguments[Pinning.option].cpus
    let session = try plan.makeSession(cpus: cpus, cancellation: .interruption)
    try Pinning.pinCaller(cpus)
    let target = arguments[output]
    if target == "-", arguments[SharedArguments.json] {
      throw UsageError("--json needs a file for --output: both would be standard output")
    }
    try checkCanBeCreated(target)
    if let folder = arguments[features] { try createFolder(folder) }
    let logits = try session.run(images.values)
    if let folder = arguments[features] { try write(session, to: folder) }
    let result = Tensor(shape: [images.shape.batch, plan.outputCount], elements: logits)
    // If its reader has gone away, this ends the tool silently, like the system's own tools.
    if target == "-" { signal(SIGPIPE, SIG_DFL) }
    try NPYArray(result).write(to: target, replacing: true)
    if arguments[SharedArguments.json] {
      try StandardOutput.write(JSONWriter().text(report(plan, network, arguments)) + "\n")
    }
    return .success
  }

  /// What was run, for a program.
  private static func report(
    _ plan: Plan, _ network: Network, _ arguments: Arguments
  ) -> JSONValue {
    let shape = plan.input
    return [
      "schema_version": 1, "weights": .string(arguments[SharedArguments.weights]),
      "architecture": .string(network.origin.architecture),
      "form": .string(plan.options.form.rawValue),
      "input": JSONValue(shape.dimensions),
      "classes": .integer(plan.classCount), "output": .string(arguments[output]),
      "features": JSONValue(plan.features.map(\.name)),
      "policy": .string(plan.options.policy.rawValue),
      "algorithm": .string(plan.options.algorithm.rawValue),
      "threads": .integer(plan.options.threadCount), "tuned": .bool(plan.isTuned),
      "layers": .array(
        plan.stepDescriptions.flatMap(\.layers).filter { $0.convolution != nil }.map {
          ["name": .string($0.name), "algorithm": .string($0.algorithm)]
        }),
    ]
  }

  /// Fails before anything is computed or written if there is no place for the logits.
  private static func checkCanBeCreated(_ path: String) throws(RepVGGError) {
    guard path != "-" else { return }
    _ = try AtomicFile(path: path, replacing: true)
  }

  private static func createFolder(_ folder: String) throws(RepVGGError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw RepVGGError(.cannotCreate, "cannot be created as a folder", file: folder)
    }
  }

  private static func write(_ session: Session, to folder: String) throws {
    for feature in session.plan.features {
      let tensor = Tensor(shape: feature.shape, elements: try session.feature(feature.name))
      try NPYArray(tensor).write(to: "\(folder)/\(feature.name).npy", replacing: true)
    }
  }
}
