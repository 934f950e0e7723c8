import CommandLineKit
import TextFormats

/// A table of a result with what follows from it.
struct TableSection: Sendable {
  let name: String
  let title: String
  let rows: [Entry]
  let notes: [String]
  let verdict: String?
  let noise: String?
  let warnings: [String]
  /// The key that names the section in every row.
  let nameKey: String

  static func all(_ root: Entry, list: String, name: String) throws(ReportError)
    -> [TableSection]
  {
    var sections: [TableSection] = []
    for entry in try root.entries(list) {
      sections.append(
        TableSection(
          name: try entry.text(name), title: try entry.text("title"),
          rows: try entry.entries("rows"), notes: entry.texts("notes"),
          verdict: entry.optionalText("verdict"), noise: entry.optionalText("noise"),
          warnings: entry.texts("warnings"), nameKey: name))
    }
    return sections
  }

  /// The reasons of rows, sentences, too long for a table.
  var reasons: [String] {
    rows.compactMap { row in
      row.optionalText("reason").map { reason in
        (row.optionalText("scenario").map { $0 + ": " } ?? "") + reason
      }
    }
  }

  /// The rows as they are, in units for people.
  var table: DataTable {
    let keys = rows.first?.keys.filter { $0 != nameKey && $0 != "reason" } ?? []
    let columns = keys.map { key in
      let isText = rows.allSatisfy { $0.value[key]?.doubleValue == nil }
      return DataTable.Column(title: Self.title(key), isNumeric: !isText)
    }
    var table = DataTable(columns)
    table.rows = rows.map { row in keys.map { Self.text(row.value[$0] ?? .null, $0) } }
    return table
  }

  private static func title(_ key: String) -> String {
    if key.hasSuffix("_ns") { return words(key.dropLast(3)) + ", ms" }
    if key.hasSuffix("_bytes") { return words(key.dropLast(6)) + ", MiB" }
    return switch key {
    case "macs": "MMAC"
    case "gflops": "GFLOP/s"
    case "gbs": "GB/s"
    case "efficiency": "efficiency, %"
    default: words(key[...])
    }
  }

  private static func words(_ key: Substring) -> String {
    String(key.map { $0 == "_" ? " " : $0 })
  }

  private static func text(_ value: JSONValue, _ key: String) -> String {
    if let text = value.stringValue { return text }
    guard let number = value.doubleValue else { return value.boolValue.map { "\($0)" } ?? "–" }
    if key.hasSuffix("_ns") { return TextFormat.fixed(number / 1e6, digits: 3) }
    if key.hasSuffix("_bytes") { return TextFormat.fixed(number / 1_048_576, digits: 1) }
    return switch key {
    case "macs": TextFormat.fixed(number / 1e6, digits: 1)
    case "efficiency": TextFormat.fixed(number * 100, digits: 0)
    case _ where value.integerValue != nil: TextFormat.fixed(number, digits: 0)
    default: TextFormat.significant(number)
    }
  }
}
