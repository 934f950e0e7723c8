import RepVGG
import RepVGGImaging
import TextFormats

/// Lines of output that commands for images have in common.
enum ImageLines {
  private static let writer = JSONWriter(.compact)

  /// A JSON object as a line.
  static func line(_ value: JSONValue) -> String { writer.text(value) + "\n" }

  /// The JSON line of an image that could not be read; empty if it could.
  static func failure(_ outcome: ImageBatchQueue.Outcome) -> String {
    guard let error = outcome.error else { return "" }
    return line([
      "index": .integer(outcome.item.index), "path": .string(outcome.item.path),
      "error": .string(error.reason), "error_kind": .string(error.kind.rawValue),
    ])
  }

  /// The JSON line for what could not be listed.
  static func problem(_ error: RepVGGError) -> String {
    line([
      "path": JSONValue(error.file), "error": .string(error.reason),
      "error_kind": .string(error.kind.rawValue),
    ])
  }
}

extension SkippedEntries {
  /// The counts for a program.
  var json: JSONValue {
    var object: JSONObject = [:]
    for (kind, count) in counts.sorted(by: { $0.key < $1.key }) { object[kind] = .integer(count) }
    return .object(object)
  }
}
