import CommandLineKit
import Measurement
import RepVGG
import ToolSupport
import TextFormats

/// A figure of every row of a report: its name for programs, its title and scale for people.
struct ReportColumn: Sendable {
  let key: String
  let title: String
  /// What a table multiplies the value with, such as 1e-6 for nanoseconds as milliseconds.
  var scale = 1.0
  var digits = 2
  /// Whether text leaves the column out, because the heading states it.
  var isForProgramsOnly = false

  init(
    _ key: String, _ title: String, scale: Double = 1, digits: Int = 2,
    isForProgramsOnly: Bool = false
  ) {
    self.isForProgramsOnly = isForProgramsOnly
    self.key = key
    self.title = title
    self.scale = scale
    self.digits = digits
  }

  func text(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text
    case .integer(let number) where scale == 1: "\(number)"
    case .null: "-"
    default: TextFormat.fixed((value.doubleValue ?? .nan) * scale, digits: digits)
    }
  }
}

/// One table of a report with what follows from it.
struct ReportSection: Sendable {
  let name: String
  let title: String
  let columns: [ReportColumn]
  var rows: [[JSONValue]] = []
  /// What a reader needs to know about the figures.
  var notes: [String] = []
  /// What a reader should know before believing the figures.
  var warnings: [String] = []
  /// A sentence that the figures support.
  var verdict: String?
  /// Whether the machine was quiet; nil where that was not judged.
  var noise: NoiseVerdict.State?

  init(_ name: String, title: String, columns: [ReportColumn]) {
    self.name = name
    self.title = title
    self.columns = columns
  }

  var table: TextTable {
    let shown = columns.indices.filter { !columns[$0].isForProgramsOnly }
    var table = TextTable(columns: shown.map { TextTable.Column(columns[$0].title) })
    for row in rows { table.append(shown.map { columns[$0].text(row[$0]) }) }
    return table
  }

  /// Tables of programs have the values unscaled, under their names.
  var plainTable: TextTable {
    var table = TextTable(
      columns: ([ReportColumn("section", "")] + columns).map { TextTable.Column($0.key) })
    for row in rows {
      let cells = row.map { value in
        value.stringValue ?? (value.isNull ? "" : JSONWriter(.compact).text(value))
      }
      table.append([name] + cells)
    }
    return table
  }

  /// The rows as objects, each naming its section.
  func jsonRows(sectionKey: String) -> [JSONValue] {
    rows.map { row in
      var object: JSONObject = [sectionKey: .string(name)]
      for (column, value) in zip(columns, row) { object[column.key] = value }
      return .object(object)
    }
  }
}

/// What an experiment found: sections of rows, for a person or for a program.
struct ExperimentReport {
  let name: String
  let system: SystemDescription
  let arguments: Arguments
  /// What a program calls a section, and the list of them.
  var sectionKeys = (one: "section", all: "sections")
  var sections: [ReportSection] = []
  /// Further entries of the JSON document.
  var fields = JSONObject()

  init(_ name: String, _ arguments: Arguments) {
    self.name = name
    self.arguments = arguments
    system = BenchSystem.description()
  }

  /// Prints the report in the form that the command line asks for.
  func write() throws {
    try StandardOutput.write(text(arguments[BenchArguments.format]))
  }

  func text(_ format: ReportFormat) -> String {
    switch format {
    case .json: return JSONWriter().text(json) + "\n"
    case .csv: return sections.map { $0.plainTable.csv() }.joined(separator: "\n")
    case .text, .md:
      let parts = sections.map { section in
        let heading = format == .md ? "## \(section.title)\n\n" : "\(section.title)\n"
        let table = format == .md ? section.table.markdown() : section.table.text()
        let remarks =
          (section.notes + section.warnings.map { "warning: \($0)" }
            + (section.verdict.map { ["Verdict: " + $0] } ?? []))
        return heading + table + remarks.map { "\n\($0)\n" }.joined()
      }
      let header =
        format == .md ? BenchSystem.markdownHeader(system) : BenchSystem.header(system)
      return header + "\n" + parts.joined(separator: "\n")
    }
  }

  private var json: JSONValue {
    var document: JSONObject = [
      "schema_version": 1, "experiment": .string(name),
      "tool": [
        "name": "repvgg-bench", "version": .string(ToolVersion.number),
        "commit": .string(ToolVersion.commit),
      ],
      "started_at": .string(BenchSystem.startedAt),
      "command": JSONValue(["repvgg-bench"] + arguments.words),
      "interrupted": .bool(SignalTrap.isInterrupted),
      "system": BenchSystem.json(system),
    ]
    for entry in fields.entries { document[entry.key] = entry.value }
    let rows = sections.map { $0.jsonRows(sectionKey: sectionKeys.one) }
    document["rows"] = .array(rows.flatMap { $0 })
    document[sectionKeys.all] = .array(
      zip(sections, rows).map { section, rows in
        [
          sectionKeys.one: .string(section.name), "title": .string(section.title),
          "rows": .array(rows), "notes": JSONValue(section.notes),
          "verdict": JSONValue(section.verdict), "noise": JSONValue(section.noise?.rawValue),
          "warnings": JSONValue(section.warnings),
        ]
      })
    return .object(document)
  }
}
