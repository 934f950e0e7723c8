import CommandLineKit
import Glibc
import Measurement

extension ProgressReporter {
  /// The reporter of an experiment of so many measurements, as the command line asks for it.
  static func measurements(_ count: Int, _ arguments: Arguments) -> ProgressReporter {
    let terminal = Terminal(
      descriptor: STDERR_FILENO, environment: arguments.environment,
      color: arguments[StandardArguments.color])
    return ProgressReporter(
      label: "Measuring", totalCount: count, unit: "combinations",
      mode: .automatic(
        for: terminal, environment: arguments.environment,
        isQuiet: arguments[StandardArguments.quiet]))
  }

  /// Shows where a measurement is.
  func show(_ progress: MeasurementProgress) {
    advance(
      by: 0,
      detail: "\(progress.phase.rawValue) \(TextFormat.fixed(100 * progress.fraction, digits: 0)) %"
    )
  }
}
