import CommandLineKit
import Foundation
import RepVGG
import TextFormats
import ToolSupport

/// The conversion of a checkpoint whose network is not known: its blocks merged, everything else as it
/// is.
struct BlockConversion {
  let source: String
  let target: String
  let replaces: Bool

  /// Writes the target and reports.
  func run(
    _ merging: CheckpointMerging, from format: Checkpoint.Format, _ arguments: Arguments
  ) throws -> ExitCode {
    guard !target.lowercased().hasSuffix(".onnx") else {
      throw RepVGGError(
        .unsupported,
        "holds blocks (\(merging.familyText)), but no graph between them: write .safetensors, or"
          + " export the network to ONNX and convert that", file: source)
    }
    guard !merging.blocks.isEmpty else {
      throw RepVGGError(.badData, "is merged already: nothing is left to merge", file: source)
    }
    let metadata = [
      "format": "pt", "form": Form.plain.rawValue, "producer": "repvgg \(ToolVersion.number)",
      "source_file": (source as NSString).lastPathComponent, "source_format": format.rawValue,
      "source_family": merging.familyCounts.map(\.family).joined(separator: ", "),
      "batch_norm_epsilon": "\(merging.epsilon)",
    ]
    try merging.checkpoint.write(
      safetensors: target, metadata: metadata, replacing: replaces)
    if arguments[SharedArguments.json] {
      let report: JSONValue = [
        "schema_version": 1, "input": .string(source), "output": .string(target),
        "blocks": merging.blocksJSON, "families": merging.familiesJSON,
        "copied_tensors": .integer(merging.copiedCount),
        "left_out_tensors": .integer(merging.leftOutCount), "group": .string(merging.group),
        "epsilon": .double(merging.epsilon), "assumptions": JSONValue(merging.assumptions),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      try StandardOutput.write(
        "\(merging.blocks.count) blocks merged (\(merging.familyText)),"
          + " \(merging.copiedCount) tensors copied\(merging.leftOutText)\n"
          + merging.assumptionText + "wrote \(target.escapedForDisplay)\n")
    }
    return .success
  }
}

extension CheckpointMerging {
  /// How many tensors are of other parts of the file.
  var leftOutText: String {
    leftOutCount == 0
      ? "" : ", \(leftOutCount) outside '\(group.escapedForDisplay)' left out"
  }

  /// A line for everything that the file does not say.
  var assumptionText: String {
    assumptions.map { "assumed: \($0.escapedForDisplay)\n" }.joined()
  }

  var familiesJSON: JSONValue {
    var counts = JSONObject()
    for (family, count) in familyCounts { counts[family] = .integer(count) }
    return .object(counts)
  }

  var blocksJSON: JSONValue {
    .array(
      blocks.map {
        [
          "name": .string($0.name), "family": .string($0.family),
          "code_base": .string($0.codeBase), "operators": .integer($0.operatorCount),
          "shape": JSONValue($0.shape),
        ]
      })
  }
}
