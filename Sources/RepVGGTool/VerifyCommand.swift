import CommandLineKit
import RepVGG
import ToolSupport
import TextFormats

/// `repvgg verify FILE`: the forms compared with each other and with stored logits.
enum VerifyCommand {
  private static let input = Option(
    "input", short: "i", .inputFile("npy"),
    help: """
      Images to compare on, an NPY array [batch, channels, height, width], normalised, or of bytes \
      with --preset or --mean and --std.
      """)
  private static let logits = Option(
    "logits", .inputFile("npy"),
    help: "What another program computed from --input: logits [batch, classes], pooled features"
      + " [batch, channels] of a network without a classifier, or the last stage's output.")
  private static let randomCount = Option(
    "random", .integer(0...4096), default: 4, help: "Random images to compare on.")
  private static let size = Option(
    "size", .pixelSize(1...4096), help: "Size of the random images; the architecture's by default.")
  private static let seed = Option("seed", .seed, default: 1, help: "Seed of the random images.")
  private static let against = Option(
    "against", .inputFile("safetensors", "pth", "onnx"),
    help: "Another file that should compute the same as FILE.")
  private static let tolerance = Option(
    "tolerance", .number(0...1), default: 1e-5, defaultText: "1e-5",
    help: "Largest relative L2 difference of logits.")

  static let command = Command(
    "verify", summary: "Compare branched and plain form, and stored logits",
    discussion: """
      Computes the branched and the plain form on random and given images, and compares both with \
      stored logits if there are any. A deployed file has no branches left; it is only compared \
      with stored logits. Exits with 2 if anything differs by more than the tolerance or a top \
      class differs.

      Of a checkpoint that is not a known network, every block is computed on random images, \
      branched and merged; with --against, its merged tensors are compared with those of another \
      checkpoint by name, relative to each one's largest value.
      """,
    arguments: [
      SharedArguments.weights, against, input, logits, randomCount, size, seed, tolerance,
      SharedArguments.threads, BlockArguments.identity, SharedArguments.json,
    ] + NetworkArguments.all,
    groups: [Command.Group("Images of bytes", PreprocessingOptions.levels)],
    constraints: [.requirement(logits, needs: input)], verdicts: [.mismatch],
    examples: [
      Command.Example("repvgg verify model.pth", "branched against plain on random images"),
      Command.Example("repvgg verify model.pth -i x.npy --logits y.npy", "against PyTorch"),
    ]
  ) { arguments in
    let model = try ModelFile(named: arguments[SharedArguments.weights])
    guard case .checkpoint(let checkpoint) = model else {
      return try verifyGraph(model, arguments)
    }
    let needsConfiguration = arguments[PreprocessingOptions.preset] == "file"
    let stated: StatedNetwork
    do throws(RepVGGError) {
      stated = try StatedNetwork(
        model, path: arguments[SharedArguments.weights], arguments,
        needsConfiguration: needsConfiguration && arguments[against] == nil)
    } catch {
      return try verifyBlocks(
        BlockArguments.merging(checkpoint, after: error, arguments), arguments)
    }
    let network = stated.network
    if let other = arguments[against] {
      if network.origin.family.isMobileOne, !network.isMerged,
        case .checkpoint = try ModelFile(named: other)
      {
        return try verifyBlocks(BlockArguments.merging(checkpoint, arguments), arguments)
      }
      return try verifyGraph(model, arguments)
    }
    let levels = try PreprocessingOptions.pixelLevels(arguments, stated)
    let images = try arguments[input].map {
      try ImageArray(contentsOf: $0, for: network, normalization: levels)
    }
    let stored = try arguments[logits].map { path in try NPYArray(contentsOf: path) }
    let forms: [Form] = network.isMerged ? [.plain] : [.branched, .plain]
    var comparisons: [(what: String, agreement: Agreement)] = []
    func compare(
      _ name: String, _ shape: InputShape, _ values: [Float], wantsMap: Bool = false
    ) throws -> [Form: [Float]] {
      var results: [Form: [Float]] = [:]
      for form in forms {
        let session = try Plan(
          network, input: shape,
          options: PlanOptions(
            form: form, threadCount: SharedArguments.threadCount(arguments),
            collectsFeatures: wantsMap), cancellation: .interruption
        ).makeSession(cancellation: .interruption)
        results[form] = try session.run(values)
        if wantsMap, let stage = session.plan.features.last {
          results[form] = try session.feature(stage.name)
        }
      }
      if let branched = results[.branched], let plain = results[.plain] {
        comparisons.append(
          (
            "branched against plain, \(name)",
            Agreement(
              plain, reference: branched, imageCount: shape.batch,
              areLogits: network.head != nil && !wantsMap)
          ))
      }
      return results
    }
    if arguments[randomCount] > 0, !network.isMerged {
      let edge = network.origin.inputSize
      let chosen = arguments[size] ?? PixelSize(height: edge, width: edge)
      let shape = try InputShape(
        batch: arguments[randomCount], channels: network.inputChannels,
        height: chosen.height, width: chosen.width)
      _ = try compare(
        "\(shape.batch) random images", shape, randomImages(shape, seed: arguments[seed]))
    }
    if let images {
      let isMap = stored?.shape.count == 4
      if let stored {
        try check(stored, is: try expectedShape(network, images.shape, isMap: isMap), arguments)
      }
      let results = try compare("given images", images.shape, images.values, wantsMap: isMap)
      for form in forms {
        guard let stored else { break }
        comparisons.append(
          (
            "\(form.rawValue) against stored \(isMap || network.head == nil ? "features" : "logits")",
            Agreement(
              results[form] ?? [], reference: try stored.floats(), imageCount: images.shape.batch,
              areLogits: network.head != nil && !isMap)
          ))
      }
    }
    guard !comparisons.isEmpty else {
      throw RepVGGError(
        network.isMerged ? .badData : .invalidArgument,
        network.isMerged
          ? "is already deployed: there are no branches to compare with; give --input and --logits"
          : "nothing to compare: give --random or --input",
        file: network.origin.file)
    }
    return try report(network, comparisons, isWithOthers: stored != nil, arguments)
  }

  /// The shape of the last stage's output, or of the network's.
  private static func expectedShape(
    _ network: Network, _ input: InputShape, isMap: Bool
  ) throws(RepVGGError) -> [Int] {
    guard isMap else { return [input.batch, network.outputCount] }
    let shapes = try network.shapes(height: input.height, width: input.width)
    // The last of those that `session.feature` gives.
    let last = network.outputs.dropFirst().last.map { shapes[$0.node.index].dimensions }
    return [input.batch] + (last ?? [])
  }

  private static func check(
    _ stored: NPYArray, is expected: [Int], _ arguments: Arguments
  ) throws(RepVGGError) {
    guard stored.shape == expected else {
      throw RepVGGError(
        .badData, "has shape \(stored.shape), expected \(expected)", file: arguments[logits])
    }
  }

  private static func report(
    _ network: Network, _ comparisons: [(what: String, agreement: Agreement)],
    isWithOthers: Bool, _ arguments: Arguments
  ) throws -> ExitCode {
    let limit = arguments[tolerance]
    let isGood = comparisons.allSatisfy { $0.agreement.isWithin(limit) }
    let hints =
      isGood || !isWithOthers
      ? [] : MismatchHints.list(network, NetworkArguments.options(arguments))
    if arguments[SharedArguments.json] {
      let report: JSONValue = [
        "schema_version": 1, "file": .string(network.origin.file ?? ""),
        "architecture": .string(network.origin.architecture), "ok": .bool(isGood),
        "comparisons": .array(
          comparisons.map { $0.agreement.json($0.what, tolerance: limit) }),
        "may_differ": JSONValue(hints),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      for (what, agreement) in comparisons {
        try StandardOutput.write(agreement.text(what, tolerance: limit) + "\n")
      }
      if !hints.isEmpty {
        try StandardOutput.write("what a file does not say may differ:\n")
        for hint in hints { try StandardOutput.write("- \(hint.escapedForDisplay)\n") }
      }
    }
    return isGood ? .success : .mismatch
  }

  // MARK: - Blocks

  /// The blocks of a checkpoint whose network is not known.
  private static func verifyBlocks(
    _ merging: CheckpointMerging, _ arguments: Arguments
  ) throws -> ExitCode {
    let path = arguments[SharedArguments.weights]
    guard arguments[input] == nil else {
      throw RepVGGError(
        .unsupported, "holds blocks, but no graph between them to compute --input with",
        file: path)
    }
    let verification = BlockVerification(
      path: path, tolerance: arguments[tolerance], isJSON: arguments[SharedArguments.json])
    if let other = arguments[against] { return try verification.compare(merging, against: other) }
    return try verification.compareBlocks(
      merging, imageCount: arguments[randomCount], seed: arguments[seed])
  }

  // MARK: - Graphs

  /// A graph against its merged form or another file, on random and given inputs.
  private static func verifyGraph(
    _ model: ModelFile, _ arguments: Arguments
  ) throws -> ExitCode {
    var network = try model.network(arguments, path: arguments[SharedArguments.weights])
    let other: Network
    if let path = arguments[against] {
      let file = try ModelFile(named: path)
      other = try file.network(arguments, path: path)
      if case (.checkpoint, .graph) = (model, file) {
        // A graph has what a run returns, and not the outputs of stages.
        network.outputs = Array(network.outputs.prefix(1))
      }
    } else {
      other = try network.mergingRegions(cancellation: .interruption).network
        .reparameterized(cancellation: .interruption)
    }
    let what = arguments[against].map { "'\($0.printable)' against the file" }
    var comparisons: [GraphVerification.Comparison] = []
    func compare(_ inputs: [String: ReferenceTensor], _ name: String) throws {
      comparisons.append(
        GraphVerification.Comparison(
          what: "\(what ?? "merged against the graph"), \(name)",
          result: try GraphComparison(
            other, against: network, inputs: inputs, cancellation: .interruption)))
    }
    if let path = arguments[input] {
      let names = network.inputNames
      guard names.count == 1 else {
        throw RepVGGError(
          .unsupported, "has \(names.count) inputs; --input gives values to one",
          file: network.origin.file)
      }
      let inputs = [names[0]: try ReferenceTensor(NPYArray(contentsOf: path).tensor)]
      try compare(inputs, "given input")
      if let stored = arguments[logits] {
        comparisons.append(
          GraphVerification.Comparison(
            what: "the graph against stored values",
            result: try GraphComparison(
              network, inputs: inputs,
              expected: ReferenceTensor(NPYArray(contentsOf: stored).tensor),
              cancellation: .interruption)))
      }
    } else {
      for number in 0..<arguments[randomCount] {
        let inputs = try GraphInputs.random(
          network, size: arguments[size], seed: arguments[seed] &+ UInt64(number))
        try compare(inputs, "random input \(number + 1)")
      }
    }
    guard !comparisons.isEmpty else {
      throw RepVGGError(.invalidArgument, "nothing to compare: give --random or --input")
    }
    return try GraphVerification.report(
      comparisons, file: arguments[SharedArguments.weights], tolerance: arguments[tolerance],
      json: arguments[SharedArguments.json])
  }
}
