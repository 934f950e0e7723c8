import BenchReport
import CommandLineKit
import Foundation
import RepVGG

/// `repvgg-bench report`: results as a page for people.
enum ReportExperiment {
  private static let results = Positional(
    "RESULT", .each(.inputFile("json")),
    help: "Documents of this tool's experiments, from --format json; - for standard input.")
  private static let html = Option(
    required: "html", .outputFile("html", orStandardOutput: true),
    help: "The page to write; - for standard output.")
  private static let title = Option("title", .text("TEXT"), help: "The heading of the page.")
  private static let labels = Option(
    "label", .each(.text("TEXT")), default: [], defaultText: "the files' names",
    help: "The name of a result on the page: once for each, in order.")

  static let command = Command(
    "report", summary: "A page about results: charts, tables, verdicts, environment",
    discussion: """
      The page is one file that needs no network and no script, for light and dark screens and for \
      paper. Documents of run, layers, claims, scaling, training, equivalence and kernels, and of \
      the comparison with other runtimes, each get their sections; several runs are shown side by \
      side. An existing page is replaced.
      """,
    arguments: [results, html, title, labels],
    examples: [
      Command.Example(
        "repvgg-bench report run.json layers.json claims.json --html report.html",
        "one page about three experiments")
    ]
  ) { arguments in
    let files = arguments[results]
    let labels = arguments[labels]
    guard labels.isEmpty || labels.count == files.count else {
      throw UsageError("--label is given \(labels.count) times for \(files.count) results")
    }
    guard files.count(where: { $0 == "-" }) <= 1 else {
      throw UsageError("- can be given once: it reads standard input")
    }
    var documents: [ResultDocument] = []
    for (index, file) in files.enumerated() {
      var document = try ResultDocument(
        bytes: try DocumentFile.bytes(of: file), file: file == "-" ? "standard input" : file)
      if !labels.isEmpty { document.label = labels[index] }
      documents.append(document)
    }
    let page = try ReportPage(documents, title: arguments[title]).html()
    guard arguments[html] != "-" else {
      try StandardOutput.write(page)
      return .success
    }
    try write(page, to: arguments[html])
    return .success
  }

  /// Writes the page so that it appears complete or not at all.
  private static func write(_ page: String, to path: String) throws {
    var file = try AtomicFile(path: path, replacing: true)
    let bytes = Array(page.utf8)
    try bytes.withUnsafeBytes { buffer throws in try file.write(buffer) }
    try file.commit()
  }
}
