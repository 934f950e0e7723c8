import CommandLineKit
import Foundation
import RepVGG
import TextFormats
import ToolSupport

/// The conversion of a graph: its linear regions merged, everything else as it is.
struct GraphConversion {
  let source: String
  let target: String
  let form: Form
  /// Nil for what the graph needs.
  let opset: Int?
  let replaces: Bool

  /// Reads nothing more than `model`, writes the target and reports.
  func run(_ model: ONNXModel, _ arguments: Arguments) throws -> ExitCode {
    let network = try Network(model, file: source)
    let merging = try network.mergingRegions(in: form, cancellation: .interruption)
    let metadata = network.origin.metadata.merging([
      "producer": "repvgg \(ToolVersion.number)", "form": form.rawValue,
      "source_file": (source as NSString).lastPathComponent, "source_format": "onnx",
    ]) { $1 }
    if target.lowercased().hasSuffix(".onnx") {
      try merging.network.write(
        onnx: target, opset: opset, producerVersion: ToolVersion.number, metadata: metadata,
        replacing: replaces)
    } else {
      try merging.network.namedTensors().write(
        safetensors: target, metadata: metadata, replacing: replaces)
    }
    try report(network, merging, arguments)
    return .success
  }

  private func report(
    _ network: Network, _ merging: RegionMerging, _ arguments: Arguments
  ) throws {
    let before = try network.graphCounts()
    let after = try merging.network.graphCounts()
    if arguments[SharedArguments.json] {
      let report: JSONValue = [
        "schema_version": 1, "input": .string(source), "output": .string(target),
        "family": .string(network.origin.family.rawValue), "form": .string(form.rawValue),
        "params_before": .integer(before.parameters),
        "params_after": .integer(after.parameters),
        "convolutions_before": .integer(before.convolutions),
        "convolutions_after": .integer(after.convolutions),
        "operators_before": .integer(before.operators),
        "operators_after": .integer(after.operators),
        "unmerged": .array(
          merging.unmerged.map { ["node": .string($0.name), "reason": .string($0.reason)] }),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      try StandardOutput.write(
        """
        \(before.convolutions) convolutions became \(after.convolutions), \(before.operators)\
         operators \(after.operators), \(before.parameters) parameters \(after.parameters)
        wrote \(target.escapedForDisplay)

        """)
    }
  }
}
