import CommandLineKit
import TestSupport
import TextFormats

extension ToolProcess.Outcome {
  /// The objects of `--jsonl` output, the meta line included.
  var objects: [JSONValue] {
    get throws {
      try output.split(separator: "\n").map { try JSONReader().value(String($0)) }
    }
  }

  /// The objects of images.
  var images: [JSONValue] {
    get throws { try objects.filter { $0["meta"] == nil } }
  }
}
