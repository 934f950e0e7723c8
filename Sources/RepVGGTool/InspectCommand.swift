import CommandLineKit
import Foundation
import RepVGG
import ToolSupport
import TextFormats

/// `repvgg inspect FILE`: what a checkpoint holds.
enum InspectCommand {
  static let command = Command(
    "inspect", summary: "Show family, form, architecture and sizes of a checkpoint",
    discussion: """
      Of a checkpoint that is not a known network, the blocks that merge are listed.
      """,
    arguments: [SharedArguments.weights, BlockArguments.identity, SharedArguments.json]
      + NetworkArguments.all,
    examples: [Command.Example("repvgg inspect model.safetensors --json", "for a program")]
  ) { arguments in
    let path = arguments[SharedArguments.weights]
    let checkpoint: Checkpoint
    switch try ModelFile(named: path) {
    case .checkpoint(let read): checkpoint = read
    case .graph(let model): return try GraphInspection(path: path, model: model).report(arguments)
    }
    let network: Network
    do throws(RepVGGError) {
      network = try StatedNetwork(
        .checkpoint(checkpoint), path: path, arguments, needsConfiguration: false
      ).network
    } catch {
      return try BlockInspection(path: path).report(
        BlockArguments.merging(checkpoint, after: error, arguments), of: checkpoint, arguments)
    }
    let report = try report(path, checkpoint, network)
    if arguments[SharedArguments.json] {
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      try StandardOutput.write(text(report, network))
    }
    return .success
  }

  private static func report(
    _ path: String, _ checkpoint: Checkpoint, _ network: Network
  ) throws(RepVGGError) -> JSONValue {
    let design = RepVGGDesign(stagesOf: network)
    let size = network.origin.inputSize
    let plain = try network.counts(form: .plain, height: size, width: size)
    let operations = try network.counts(form: network.form, height: size, width: size)
    let origin = network.origin
    let taken = origin.groups.first { $0.name == origin.group }
    let fileByteCount =
      (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
    var groups = JSONObject()
    for (layer, count) in design.groups.sorted(by: { $0.key < $1.key }) {
      groups[String(layer)] = .integer(count)
    }
    return [
      "schema_version": 1,
      "file": .string(path),
      "format": .string(checkpoint.format.rawValue),
      "family": .string(network.origin.family.rawValue),
      "form": .string(network.form.rawValue),
      "architecture": .string(network.origin.architecture),
      "params": .integer(network.parameterCount),
      "macs": .integer(operations.multiplyAccumulates),
      "bytes": JSONValue(taken?.byteCount),
      "file_bytes": JSONValue(fileByteCount),
      "input": JSONValue([1, network.inputChannels, size, size]),
      "classes": .integer(network.classCount),
      "outputs": .integer(network.outputCount),
      "stages": .array(
        design.blockCounts.indices.map {
          [
            "blocks": .integer(design.blockCounts[$0]), "channels": .integer(design.channels[$0]),
            "stride": .integer(design.strides[$0]),
          ]
        }),
      "stride_evidence": JSONValue(network.origin.strideEvidence.map(\.rawValue)),
      "groups_by_layer": .object(groups),
      "squeeze_excitation": gate(design),
      "element_types": JSONValue(
        Set(checkpoint.tensors.values.map(\.elementType.rawValue)).sorted()),
      "tensors": JSONValue(taken?.tensorCount),
      "group": .string(origin.group),
      "tensor_groups": .array(
        origin.groups.map {
          [
            "name": .string($0.name), "averaged": .bool($0.isAveraged),
            "tensors": .integer($0.tensorCount), "params": .integer($0.parameterCount),
            "bytes": .integer($0.byteCount),
          ]
        }),
      "ignored_tensors": [
        "count": .integer(origin.ignoredTensors.count),
        "first": JSONValue(origin.ignoredTensors.prefix(ignoredNameLimit).map(\.printable)),
      ],
      "normalization": origin.normalization.map {
        ["mean": JSONValue($0.mean), "std": JSONValue($0.deviation)]
      } ?? .null,
      "plain": [
        "params": .integer(plain.parameters), "macs": .integer(plain.multiplyAccumulates),
        "bytes": .integer(4 * plain.parameters),
      ],
      "is_deployed": .bool(network.isMerged),
    ]
  }

  private static func gate(_ design: RepVGGDesign) -> JSONValue {
    switch design.gate {
    case .beforeReLU(let reduction):
      ["placement": "before-relu", "reduction": .integer(reduction)]
    case .afterReLU(let reduction):
      ["placement": "after-relu", "reduction": .integer(reduction)]
    case nil: .null
    }
  }

  /// How many names of unused tensors are printed.
  private static let ignoredNameLimit = 8

  /// The groups of tensors that each hold the network, and tensors that it does not use.
  private static func besideText(_ report: JSONValue) -> [(String, String)] {
    var lines: [(String, String)] = []
    let groups = report["tensor_groups"]?.arrayValue ?? []
    for group in groups where groups.count > 1 {
      let name = group["name"]?.stringValue ?? ""
      let isTaken = name == report["group"]?.stringValue
      let millions = Double(group["params"]?.integerValue ?? 0) / 1e6
      lines.append(
        (
          lines.isEmpty ? "weights" : "",
          "'\(name.escapedForDisplay)': "
            + (group["averaged"]?.boolValue == true ? "averaged, " : "")
            + "\(TextFormat.fixed(millions, digits: 2)) M parameters, "
            + TextFormat.bytes(group["bytes"]?.integerValue ?? 0)
            + (isTaken ? " (these)" : "")
        ))
    }
    if let ignored = report["ignored_tensors"], let count = ignored["count"]?.integerValue,
      count > 0
    {
      let first = (ignored["first"]?.arrayValue ?? []).compactMap(\.stringValue)
      let names = first.map(\.escapedForDisplay).joined(separator: ", ")
      let more = count > first.count ? " and \(count - first.count) more" : ""
      lines.append(("ignored", "\(count) tensor\(count == 1 ? "" : "s"): \(names)\(more)"))
    }
    return lines
  }

  private static func text(_ report: JSONValue, _ network: Network) -> String {
    func string(_ key: String) -> String { report[key]?.stringValue ?? "" }
    func integer(_ value: JSONValue?) -> Int { value?.integerValue ?? 0 }
    func millions(_ value: JSONValue?) -> String {
      TextFormat.fixed(Double(integer(value)) / 1e6, digits: 2) + " M"
    }
    func billions(_ value: JSONValue?) -> String {
      TextFormat.fixed(Double(integer(value)) / 1e9, digits: 3) + " G"
    }
    let stages = (report["stages"]?.arrayValue ?? []).map {
      "\(integer($0["blocks"]))x\(integer($0["channels"]))"
    }
    let input = (report["input"]?.arrayValue ?? []).map { "\(integer($0))" }
    var lines = [
      ("file", string("file").escapedForDisplay),
      ("format", string("format")),
      ("family", string("family")),
      ("form", string("form")),
      ("architecture", string("architecture") + " (" + stages.joined(separator: " ") + ")"),
      ("strides", network.strideText),
      (
        "classes",
        network.head == nil
          ? "none, no classifier: \(network.outputCount) pooled features"
          : "\(network.classCount)"
      ),
      (
        "parameters",
        "\(millions(report["params"])) (plain \(millions(report["plain"]?["params"])))"
      ),
      (
        "multiplications",
        "\(billions(report["macs"])) (plain \(billions(report["plain"]?["macs"])))"
          + " for \(input.joined(separator: "x"))"
      ),
      (
        "bytes",
        "\(TextFormat.bytes(integer(report["bytes"])))"
          + " (plain \(TextFormat.bytes(integer(report["plain"]?["bytes"]))))"
      ),
    ]
    let groups = (report["groups_by_layer"]?.objectValue?.entries ?? []).map { integer($0.value) }
    if let least = groups.min(), let most = groups.max() {
      let range = least == most ? "\(least)" : "\(least) to \(most)"
      lines.append(("groups", "\(range) in \(groups.count) layers"))
    }
    if let gate = report["squeeze_excitation"], !gate.isNull {
      lines.append(
        ("gate", "\(gate["placement"]?.stringValue ?? ""), 1/\(integer(gate["reduction"]))"))
    }
    lines += besideText(report)
    let width = (lines.map(\.0.count).max() ?? 0) + 2
    return lines.map { $0.0.padding(toLength: width, withPad: " ", startingAt: 0) + $0.1 + "\n" }
      .joined()
  }
}
