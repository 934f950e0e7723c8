import CommandLineKit
import RepVGG
import TextFormats
import ToolSupport

/// The blocks of a checkpoint whose network is not known.
struct BlockInspection {
  let path: String

  func report(
    _ merging: CheckpointMerging, of checkpoint: Checkpoint, _ arguments: Arguments
  ) throws -> ExitCode {
    if arguments[SharedArguments.json] {
      let report: JSONValue = [
        "schema_version": 1, "file": .string(path), "format": .string(checkpoint.format.rawValue),
        "architecture": .null, "blocks": merging.blocksJSON, "families": merging.familiesJSON,
        "merged_blocks": .integer(merging.mergedCount),
        "other_tensors": .integer(merging.copiedCount), "group": .string(merging.group),
        "epsilon": .double(merging.epsilon), "assumptions": JSONValue(merging.assumptions),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
      return .success
    }
    var text = """
      file     \(path.escapedForDisplay)
      format   \(checkpoint.format.rawValue)
      network  not known; its blocks merge (convert, verify)
      blocks   \(merging.blocks.count): \(merging.familyText)
      others   \(merging.copiedCount) tensors\(merging.leftOutText)

      """
    text += merging.assumptionText
    let families = Dictionary(grouping: merging.blocks, by: \.family).sorted { $0.key < $1.key }
    for (family, blocks) in families {
      text += "\n\(family) (\(blocks[0].codeBase)):\n"
      for block in blocks {
        text +=
          "  \(block.name.escapedForDisplay): \(block.operatorCount) operators -> \(block.shape)\n"
      }
    }
    try StandardOutput.write(text)
    return .success
  }
}
