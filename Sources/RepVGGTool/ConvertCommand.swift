import CommandLineKit
import Foundation
import RepVGG
import ToolSupport
import TextFormats

/// `repvgg convert IN OUT`: a checkpoint's plain form as safetensors.
enum ConvertCommand {
  private static let output = Positional(
    "OUT", .outputFile("safetensors", "onnx"),
    help: "The file to write; its ending decides the format.")
  private static let form = Option(
    "form",
    .oneOfCases("FORM") { (form: Form) in
      switch form {
      case .branched: "every operator, as trained"
      case .folded: "batch norms folded into the branches"
      case .plain: "one convolution per linear region"
      }
    }, default: Form.plain, help: "What OUT computes; branches can only be kept in ONNX.")
  /// Whose names the merged tensors have.
  private enum Names: String, CaseIterable { case official, keep }
  private static let names = Option(
    "names",
    .oneOfCases("NAMES") { (names: Names) in
      switch names {
      case .official: "those of RepVGG, and only what its network needs"
      case .keep: "the file's own, merged blocks as upstream deploys them; everything is copied"
      }
    }, defaultText: "official for RepVGG's networks, else keep",
    help: "Names in a safetensors OUT.")
  private static let opset = Option(
    "opset", .integer(13...22), defaultText: "17, or later if the graph needs it",
    help: "Version of the operators in an ONNX file.")
  private static let force = Flag("force", short: "f", help: "Replace OUT if it exists.")
  /// Float32 rounding of sums as deep as a network stays far below this.
  private static let tolerance = 1e-4

  static let command = Command(
    "convert", summary: "Merge the branches and write the plain network",
    discussion: """
      Writes the official names (stage1.0.rbr_reparam.weight, …) and, in the metadata, where the \
      weights came from. Before it writes, both forms compute a random image, and their difference \
      is printed. Preprocessing and class names, as far as they are known, are written to the \
      metadata and to config.json beside OUT. If that file is another network's, they are written \
      to OUT's name with .config.json.

      Of other networks the blocks are merged, and everything else is copied: QARepVGG, MobileOne, \
      FastViT, RepViT, RepGhost, PP-LCNetV3, ACB, DBB, OREPA, UniRepLKNet, YOLOv6, YOLOv7 and \
      RepVGG in any network, under the names of their authors or timm. What a file does not say is \
      printed.
      """,
    arguments: [
      SharedArguments.weights, output, form, names, opset, force, BlockArguments.identity,
      SharedArguments.json,
    ] + NetworkArguments.all, verdicts: [.mismatch],
    examples: [Command.Example("repvgg convert model.pth plain.safetensors", "")]
  ) { arguments in
    let source = arguments[SharedArguments.weights]
    let target = arguments[output]
    guard arguments[form] == .plain || isGraph(target) else {
      throw UsageError("--form \(arguments[form].rawValue) needs an OUT that ends in .onnx")
    }
    if !arguments[force], FileManager.default.fileExists(atPath: target) {
      throw RepVGGError(.cannotCreate, "exists; give --force to replace it", file: target)
    }
    let checkpoint: Checkpoint
    switch try ModelFile(named: source) {
    case .checkpoint(let read): checkpoint = read
    case .graph(let model):
      return try GraphConversion(
        source: source, target: target, form: arguments[form], opset: arguments[opset],
        replaces: arguments[force]
      ).run(model, arguments)
    }
    func convertBlocks(_ merging: CheckpointMerging) throws -> ExitCode {
      try BlockConversion(source: source, target: target, replaces: arguments[force]).run(
        merging, from: checkpoint.format, arguments)
    }
    guard arguments[names] != .keep else {
      return try convertBlocks(BlockArguments.merging(checkpoint, arguments))
    }
    let stated: StatedNetwork
    do throws(RepVGGError) {
      stated = try StatedNetwork(.checkpoint(checkpoint), path: source, arguments)
    } catch {
      guard arguments[names] != .official else { throw error }
      return try convertBlocks(BlockArguments.merging(checkpoint, after: error, arguments))
    }
    let network = stated.network
    // Everything that is next to such blocks is copied too, unless something else is requested.
    if network.origin.family.isMobileOne, arguments[names] == nil, !isGraph(target) {
      return try convertBlocks(BlockArguments.merging(checkpoint, arguments))
    }
    let plain = try network.reparameterized(cancellation: .interruption)
    let configuration = stated.completed
    let beside = try ConfigurationFile(
      configuration, beside: target, replaces: arguments[force])
    let check = try selfCheck(network, plain)
    guard check.isWithin(tolerance) else {
      StandardError.write(check.text("self-check", tolerance: tolerance) + "\n")
      return .mismatch
    }
    let metadata = [
      "format": "pt",
      "form": arguments[form].rawValue,
      "architecture": network.origin.architecture,
      "producer": "repvgg \(ToolVersion.number)",
      "source_file": (source as NSString).lastPathComponent,
      "source_format": checkpoint.format.rawValue,
      "source_family": network.origin.family.rawValue,
      "source_form": network.form.rawValue,
      "batch_norm_epsilon": "\(NetworkArguments.options(arguments).epsilon)",
    ].merging(configuration.metadata) { $1 }
    if isGraph(target) {
      var graph = arguments[form] == .plain ? plain : try network.written(in: arguments[form])
      // What a run returns; the outputs of stages are for programs that ask for them.
      graph.outputs = Array(graph.outputs.prefix(1))
      try graph.write(
        onnx: target, opset: arguments[opset], producerVersion: ToolVersion.number,
        metadata: metadata, replacing: arguments[force])
    } else {
      try plain.deployedCheckpoint(metadata: metadata)
        .write(safetensors: target, replacing: arguments[force])
    }
    try beside.write(arguments)
    if arguments[SharedArguments.json] {
      let report: JSONValue = [
        "schema_version": 1, "input": .string(source), "output": .string(target),
        "architecture": .string(network.origin.architecture),
        "family": .string(network.origin.family.rawValue),
        "params_before": .integer(network.parameterCount),
        "params_after": .integer(plain.parameterCount),
        "self_check": check.json("branched against plain", tolerance: tolerance),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      try StandardOutput.write(
        """
        \(network.origin.architecture) of family \(network.origin.family.rawValue):\
         \(network.parameterCount) parameters became \(plain.parameterCount)
        \(check.text("self-check", tolerance: tolerance))
        wrote \(target.escapedForDisplay)

        """)
    }
    return .success
  }

  /// Whether a file to write is an ONNX model, by its ending.
  private static func isGraph(_ path: String) -> Bool { path.lowercased().hasSuffix(".onnx") }

  /// Both forms on one random image; a deployed network is compared with itself.
  private static func selfCheck(_ network: Network, _ plain: Network) throws -> Agreement {
    let input = try InputShape(
      channels: network.inputChannels, height: 64, width: 64)
    let images = randomImages(input, seed: 1)
    let expected = try Plan(
      network, input: input, options: PlanOptions(form: network.form), cancellation: .interruption
    ).makeSession(cancellation: .interruption).run(images)
    let actual = try Plan(plain, input: input, cancellation: .interruption)
      .makeSession(cancellation: .interruption).run(images)
    return Agreement(
      actual, reference: expected, imageCount: input.batch, areLogits: network.head != nil)
  }
}
