import CommandLineKit
import Foundation
import RepVGG
import TextFormats
import ToolSupport

/// The blocks of a checkpoint computed branched and merged, or its merged tensors compared with a file's.
struct BlockVerification {
  let path: String
  let tolerance: Double
  let isJSON: Bool

  /// Each block on random images, in Float64.
  func compareBlocks(
    _ merging: CheckpointMerging, imageCount: Int, seed: UInt64
  ) throws -> ExitCode {
    guard imageCount > 0 else {
      throw RepVGGError(.invalidArgument, "nothing to compare: give --random or --against")
    }
    guard !merging.blocks.isEmpty else {
      throw RepVGGError(
        .badData, "is merged already: there are no branches to compare with", file: path)
    }
    let comparison = try BlockComparison(
      merging, imageCount: imageCount, seed: seed, cancellation: .interruption)
    let isGood = comparison.blocks.allSatisfy { $0.relativeL2 <= tolerance }
    let maximum = comparison.blocks.map(\.maximum).max() ?? 0
    let relative = comparison.worst?.relativeL2 ?? 0
    if isJSON {
      try write([
        "schema_version": 1, "file": .string(path), "ok": .bool(isGood),
        "tolerance": .double(tolerance), "images": .integer(imageCount),
        "families": merging.familiesJSON, "max_abs_error": .double(maximum),
        "relative_l2": .double(relative), "worst_block": JSONValue(comparison.worst?.name),
        "blocks": .array(
          comparison.blocks.map {
            [
              "name": .string($0.name), "max_abs_error": .double($0.maximum),
              "max_abs_value": .double($0.magnitude), "relative_l2": .double($0.relativeL2),
            ]
          }), "assumptions": JSONValue(merging.assumptions),
      ])
    } else {
      try StandardOutput.write(
        "branched against merged, \(comparison.blocks.count) blocks (\(merging.familyText)):"
          + " max error \(scientific(maximum)), relative L2 \(scientific(relative))"
          + mismatchText(isGood)
          + "\nworst block: \((comparison.worst?.name ?? "").escapedForDisplay)\n"
          + merging.assumptionText)
    }
    return isGood ? .success : .mismatch
  }

  /// The merged tensors against those of another file, by name.
  func compare(_ merging: CheckpointMerging, against other: String) throws -> ExitCode {
    guard case .checkpoint(let reference) = try ModelFile(named: other) else {
      throw RepVGGError(
        .unsupported, "is a graph; blocks are compared with a checkpoint, name by name",
        file: other)
    }
    let result: CheckpointComparison
    do throws(RepVGGError) {
      result = try CheckpointComparison(
        merging.checkpoint, against: reference, tolerance: tolerance, cancellation: .interruption)
    } catch {
      throw error.tensor == nil ? error.inFile(other) : error
    }
    let isGood = result.isWithinTolerance
    if isJSON {
      try write([
        "schema_version": 1, "file": .string(path), "against": .string(other),
        "ok": .bool(isGood), "tolerance": .double(tolerance),
        "families": merging.familiesJSON, "compared": .integer(result.comparedCount),
        "differing": .integer(result.beyondCount),
        "relative_max": .double(result.worst?.relativeMaximum ?? 0),
        "worst_tensor": JSONValue(result.worst?.name), "missing": names(result.missing),
        "extra": names(result.extra), "misshapen": names(result.misshapen.map(\.name)),
        "assumptions": JSONValue(merging.assumptions),
      ])
    } else {
      var text =
        "merged against '\(other.printable)': \(result.comparedCount) tensors, largest difference"
        + " \(scientific(result.worst?.relativeMaximum ?? 0)) of a tensor's largest value"
        + (result.worst.map { " ('\($0.name.printable)')" } ?? "")
        + (result.beyondCount == 0 ? "" : ", \(result.beyondCount) beyond")
        + mismatchText(isGood) + "\n"
      for (what, list) in [
        ("only there", result.missing), ("only here", result.extra),
        ("of another shape", result.misshapen.map(\.name)),
      ] where !list.isEmpty {
        let first = list.prefix(Self.nameLimit).map(\.printable).joined(separator: ", ")
        text +=
          "\(what): \(first)"
          + (list.count > Self.nameLimit ? " and \(list.count - Self.nameLimit) more" : "") + "\n"
      }
      try StandardOutput.write(text + merging.assumptionText)
    }
    return isGood ? .success : .mismatch
  }

  /// How many names are printed.
  private static let nameLimit = 8

  private func names(_ list: [String]) -> JSONValue {
    ["count": .integer(list.count), "first": JSONValue(Array(list.prefix(Self.nameLimit)))]
  }

  private func mismatchText(_ isGood: Bool) -> String {
    isGood ? "" : "  MISMATCH (tolerance \(scientific(tolerance)))"
  }

  private func write(_ report: JSONValue) throws {
    try StandardOutput.write(JSONWriter().text(report) + "\n")
  }
}

/// Two digits and an exponent: `3.1e-07`.
private func scientific(_ value: Double) -> String { String(format: "%.1e", value) }
