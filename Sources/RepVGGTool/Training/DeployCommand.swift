import CommandLineKit
import Foundation
import RepVGG
import RepVGGTraining
import ToolSupport
import TextFormats

/// `repvgg deploy RUN OUT`: the plain network of a run, after checking that it is the same
/// function.
enum DeployCommand {
  private static let source = Positional(
    "RUN", .path, help: "The folder of a training run, or a checkpoint.")
  private static let output = Positional(
    "OUT", .outputFile("safetensors"), help: "The safetensors file to write.")
  private static let data = Option(
    "data", .path, help: "Compare on these test images; otherwise on random ones.")
  private static let randomCount = Option(
    "random", .integer(1...4096), default: 16, help: "Random images to compare on.")
  private static let tolerance = Option(
    "tolerance", .number(0...1), default: 1e-4, defaultText: "1e-4",
    help: "Largest relative L2 difference of logits.")
  private static let force = Flag("force", short: "f", help: "Replace OUT if it exists.")

  static let command = Command(
    "deploy", summary: "Check that a trained network is the same without branches, and write it",
    discussion: """
      Computes the trained and the plain form on the test images of --data, or on random images. \
      Writes the plain network if every image has the same class in both and the logits agree; \
      otherwise nothing is written and the exit code is 2. Preprocessing and class names are \
      written with it, as by 'repvgg convert'.
      """,
    arguments: [
      source, output, data, TrainingArguments.size, randomCount, tolerance, force,
      SharedArguments.threads, SharedArguments.json,
    ] + NetworkArguments.all, verdicts: [.mismatch],
    examples: [Command.Example("repvgg deploy run plain.safetensors --data digits", "")]
  ) { arguments in
    let target = arguments[output]
    if !arguments[force], FileManager.default.fileExists(atPath: target) {
      throw RepVGGError(.cannotCreate, "exists; give --force to replace it", file: target)
    }
    let path = checkpointPath(arguments[source])
    let stated = try StatedNetwork(path, arguments)
    let network = stated.network
    guard !network.isMerged else {
      throw RepVGGError(.badData, "is deployed already", file: path)
    }
    let plain = try network.reparameterized(cancellation: .interruption)
    let configuration = stated.completed
    let beside = try ConfigurationFile(configuration, beside: target, replaces: arguments[force])
    let images = try EvaluationImages(
      arguments[data], size: arguments[TrainingArguments.size],
      randomCount: arguments[randomCount], for: network)
    let forms = try [(network, Form.branched), (plain, .plain)].map { network, form in
      try images.logits(
        of: network, form: form, threadCount: SharedArguments.threadCount(arguments))
    }
    let agreement = Agreement(
      forms[1], reference: forms[0], imageCount: images.count, areLogits: network.head != nil)
    let limit = arguments[tolerance]
    let isGood = agreement.isWithin(limit)
    if isGood {
      try plain.deployedCheckpoint(
        metadata: [
          "format": "pt", "form": "plain", "architecture": network.origin.architecture,
          "producer": "repvgg \(ToolVersion.number)",
          "source_file": (path as NSString).lastPathComponent,
          "source_family": network.origin.family.rawValue,
        ].merging(configuration.metadata) { $1 }
      ).write(safetensors: target, replacing: arguments[force])
      try beside.write(arguments)
    }
    let accuracies = forms.map {
      images.accuracy(of: $0, classCount: network.classCount)
    }
    if arguments[SharedArguments.json] {
      let report: JSONValue = [
        "schema_version": 1, "input": .string(path), "output": isGood ? .string(target) : .null,
        "family": .string(network.origin.family.rawValue), "images": .string(images.name),
        "params_before": .integer(network.parameterCount),
        "params_after": .integer(plain.parameterCount), "ok": .bool(isGood),
        "trained_accuracy": JSONValue(accuracies[0]), "plain_accuracy": JSONValue(accuracies[1]),
        "comparison": agreement.json("trained against plain", tolerance: limit),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      var text = agreement.text("trained against plain, \(images.name)", tolerance: limit) + "\n"
      if let trained = accuracies[0], let plain = accuracies[1] {
        text += "accuracy \(percent(trained)) trained, \(percent(plain)) plain\n"
      }
      text += isGood ? "wrote \(target.escapedForDisplay)\n" : "wrote nothing\n"
      try StandardOutput.write(text)
    }
    return isGood ? .success : .mismatch
  }

  private static func percent(_ share: Double) -> String {
    TextFormat.fixed(100 * share, digits: 2) + " %"
  }

  /// The model of a run's folder, or the path itself.
  private static func checkpointPath(_ path: String) -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      isDirectory.boolValue
    else { return path }
    return "\(path)/model.safetensors"
  }
}
