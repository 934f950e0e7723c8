import CommandLineKit

/// `repvgg-bench system`: the machine and the libraries alone.
enum SystemExperiment {
  static let command = Command(
    "system", summary: "The machine and the libraries, as every report names them",
    arguments: [BenchArguments.format]
  ) { arguments in
    var report = ExperimentReport("system", arguments)
    var section = ReportSection(
      "system", title: "System",
      columns: [ReportColumn("field", "field"), ReportColumn("value", "value")])
    section.rows = report.system.fields.map { [.string($0.name), .string($0.value.description)] }
    report.sections = [section]
    try report.write()
    return .success
  }
}
