import CommandLineKit
import Glibc
import RepVGG
import RepVGGImaging
import ToolSupport

/// Progress, remarks and errors of a long run over images, on standard error.
struct RunMessages {
  private let reporter: ProgressReporter
  private let isQuiet: Bool
  private let toolName: String
  /// Whether results share the terminal with a progress bar, which must make room for each.
  private let clearsLine: Bool
  private let hasBar: Bool

  init(_ arguments: Arguments, label: String, totalCount: Int) {
    isQuiet = arguments[StandardArguments.quiet]
    toolName = arguments.tool.name
    func terminal(_ descriptor: Int32) -> Terminal {
      Terminal(
        descriptor: descriptor, environment: arguments.environment,
        color: arguments[StandardArguments.color])
    }
    let mode = ProgressReporter.Mode.automatic(
      for: terminal(STDERR_FILENO), environment: arguments.environment, isQuiet: isQuiet)
    reporter = ProgressReporter(
      label: label, totalCount: totalCount, unit: "images", mode: mode)
    if case .bar = mode { hasBar = true } else { hasBar = false }
    clearsLine = hasBar && terminal(STDOUT_FILENO).isTerminal
  }

  /// Counts images.
  func advance(by count: Int) { reporter.advance(by: count) }

  /// Prints an error, even if the user requested quiet.
  func error(_ error: RepVGGError) { line("\(error)", always: true) }

  /// Prints something that quiet suppresses.
  func remark(_ text: String) { line(text, always: false) }

  /// Prints what was skipped in folders.
  func remark(on skipped: SkippedEntries) {
    if let summary = skipped.summary { remark("passed over: \(summary)") }
  }

  /// Prints the error or the warning of an image, if there is one.
  func report(_ outcome: ImageBatchQueue.Outcome) {
    if let error = outcome.error { self.error(error) }
    if let warning = outcome.warning { remark("\(outcome.item.path): warning: \(warning)") }
  }

  /// Removes the progress bar and says what was done.
  func conclude(_ totals: ImageRun.Totals) {
    finish()
    remark(
      "\(totals.imageCount) images in \(TextFormat.significant(totals.seconds)) s,"
        + " \(TextFormat.significant(totals.imagesPerSecond)) images/s"
        + (totals.errors.isEmpty ? "" : "; \(totals.errors.count) could not be read")
        + (totals.isInterrupted ? "; interrupted" : ""))
  }

  /// Writes results to standard output.
  func write(_ text: String) throws(OutputError) {
    guard !text.isEmpty else { return }
    try StandardOutput.write(clearsLine ? "\r\u{1B}[K" + text : text)
  }

  /// Removes the progress bar.
  func finish() { reporter.finish() }

  /// One line, whatever a file name in it contains.
  private func line(_ text: String, always: Bool) {
    let line = "\(toolName): \(text.escapedForDisplay)"
    if hasBar {
      reporter.print(line)
    } else if always || !isQuiet {
      StandardError.write(line + "\n")
    }
  }
}
