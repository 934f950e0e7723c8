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
    "output", short: "o", .outputFile("npy", orStandardOutput: true),
    help: "Receives the network's first output: the logits [batch, classes], or the pooled features"
      + " [batch, channels] of a network without a classifier; - for standard output.")
  private static let outputs = Option(
    "outputs", .directory,
    help: "Folder that receives every output as NAME.npy, with _ for / in names.")
  private static let features = Option(
    "features", .directory,
    help: "Folder that receives the outputs after the first, such as every stage's as stage0.npy …"
      + " stage4.npy.")

  static let command = Command(
    "run", summary: "Compute the logits of images in an NPY file",
    arguments: [
      SharedArguments.weights, input, output, SharedArguments.form, SharedArguments.threads,
      EngineOptions.policy, EngineOptions.algorithm, Pinning.option, Tuning.option, outputs,
      features,
      SharedArguments.json,
    ] + NetworkArguments.all,
    groups: [Command.Group("Images of bytes", PreprocessingOptions.levels)],
    examples: [
      Command.Example("repvgg run model.pth -i images.npy -o logits.npy --features out", ""),
      Command.Example("repvgg run detector.onnx -i images.npy --outputs out", "every output"),
    ]
  ) { arguments in
    guard arguments[output] != nil || arguments[outputs] != nil else {
      throw UsageError("give --output for the first output, or --outputs for all of them")
    }
    let stated = try StatedNetwork(
      arguments[SharedArguments.weights], arguments,
      needsConfiguration: arguments[PreprocessingOptions.preset] == "file")
    let network = stated.network
    let images = try ImageArray(
      contentsOf: arguments[input], for: network,
      normalization: PreprocessingOptions.pixelLevels(arguments, stated))
    var options = EngineOptions.planOptions(arguments, form: arguments[SharedArguments.form])
    options.collectsFeatures = arguments[features] != nil || arguments[outputs] != nil
    let plan = try Tuning(arguments).plan(network, input: images.shape, options: options)
    let cpus = arguments[Pinning.option].cpus
    let session = try plan.makeSession(cpus: cpus, cancellation: .interruption)
    try Pinning.pinCaller(cpus)
    let target = arguments[output]
    if target == "-", arguments[SharedArguments.json] {
      throw UsageError("--json needs a file for --output: both would be standard output")
    }
    if let target { try checkCanBeCreated(target) }
    for folder in [arguments[features], arguments[outputs]] {
      if let folder { try createFolder(folder) }
    }
    let names = try fileNames([plan.outputName] + plan.features.map(\.name))
    let result = Tensor(shape: plan.outputShape, elements: try session.run(images.values))
    if let folder = arguments[features] { try writeFeatures(session, names, to: folder) }
    if let folder = arguments[outputs] {
      try NPYArray(result).write(to: "\(folder)/\(names[0])", replacing: true)
      try writeFeatures(session, names, to: folder)
    }
    if let target {
      // If its reader has gone away, this ends the tool silently, like the system's own tools.
      if target == "-" { signal(SIGPIPE, SIG_DFL) }
      try NPYArray(result).write(to: target, replacing: true)
    }
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
      "classes": .integer(plan.classCount),
      "output": arguments[output].map { .string($0) } ?? .null,
      "features": JSONValue(plan.features.map(\.name)),
      "outputs": .array(
        ([(plan.outputName, plan.outputShape)] + plan.features.map { ($0.name, $0.shape) }).map {
          ["name": .string($0.0), "shape": JSONValue($0.1)]
        }),
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

  /// Writes the outputs after the first; `names` are those of all files.
  private static func writeFeatures(
    _ session: Session, _ names: [String], to folder: String
  ) throws {
    for (feature, name) in zip(session.plan.features, names.dropFirst()) {
      let tensor = Tensor(shape: feature.shape, elements: try session.feature(feature.name))
      try NPYArray(tensor).write(to: "\(folder)/\(name)", replacing: true)
    }
  }

  /// The names of the files of outputs.
  ///
  /// - Throws: `unsupported` for names that are too long for a file, or the same as another's.
  private static func fileNames(_ outputs: [String]) throws(RepVGGError) -> [String] {
    var names: [String] = []
    for output in outputs {
      let name = String(output.map { $0 == "/" || $0 == "\0" ? "_" : $0 }) + ".npy"
      guard name.utf8.count <= 255, !names.contains(where: { $0.utf8.elementsEqual(name.utf8) })
      else {
        throw RepVGGError(
          .unsupported,
          "the output '\(output.printable)' has no name that a file of its own can have")
      }
      names.append(name)
    }
    return names
  }
}
