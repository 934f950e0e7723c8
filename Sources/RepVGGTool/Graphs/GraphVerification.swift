import CommandLineKit
import Foundation
import RepVGG
import TextFormats
import ToolSupport

/// A graph compared with its merged form, or with another file's, in Float64.
enum GraphVerification {
  /// One comparison: what was computed on which inputs.
  struct Comparison {
    let what: String
    let result: GraphComparison
  }

  /// Compares `network` with `reference` on inputs and reports.
  ///
  /// - Returns: `mismatch` if an output differs by more than the tolerance.
  static func report(
    _ comparisons: [Comparison], file: String, tolerance: Double, json: Bool
  ) throws -> ExitCode {
    let isGood = comparisons.allSatisfy { comparison in
      comparison.result.outputs.allSatisfy { $0.relativeL2 <= tolerance && $0.maximum.isFinite }
    }
    if json {
      let report: JSONValue = [
        "schema_version": 1, "file": .string(file), "ok": .bool(isGood),
        "comparisons": .array(
          comparisons.map { comparison in
            [
              "comparison": .string(comparison.what), "tolerance": .double(tolerance),
              "outputs": .array(comparison.result.outputs.map(\.json)),
              "worst_node": comparison.result.worstNode?.json ?? .null,
            ]
          }),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      for comparison in comparisons {
        try StandardOutput.write("\(comparison.what):\n")
        for output in comparison.result.outputs {
          try StandardOutput.write("  \(output.text(tolerance: tolerance))\n")
        }
        if let worst = comparison.result.worstNode {
          try StandardOutput.write("  worst node: \(worst.text(tolerance: .infinity))\n")
        }
      }
    }
    return isGood ? .success : .mismatch
  }
}

extension GraphComparison.Difference {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "shape": JSONValue(shape), "max_abs_error": .double(maximum),
      "max_abs_value": .double(magnitude), "relative_max": .double(relativeMaximum),
      "relative_l2": .double(relativeL2),
    ]
  }

  fileprivate func text(tolerance: Double) -> String {
    "\(name.escapedForDisplay) \(shape): max error \(scientific(maximum)),"
      + " of the largest value \(scientific(relativeMaximum)),"
      + " relative L2 \(scientific(relativeL2))"
      + (relativeL2 <= tolerance && maximum.isFinite
        ? "" : "  MISMATCH (tolerance \(scientific(tolerance)))")
  }
}

/// Two digits and an exponent: `3.1e-07`.
private func scientific(_ value: Double) -> String { String(format: "%.1e", value) }
