import CommandLineKit
import Foundation

/// `sample measure`: long work that can be interrupted, and output that may have no reader.
enum MeasureCommand {
  struct Failure: Error, CustomStringConvertible, ExitCodeConvertible {
    var exitCode: ExitCode { .badData }
    var description: String { "name\nwith newline\u{1B}[31m: bad data" }
  }

  static let lines = Option("lines", .integer(0...100_000_000), default: 0, help: "Lines to print.")
  static let wait = Option(
    "wait", .duration(.zero ... .seconds(60)), default: .zero, help: "How long to work.")
  static let ignore = Flag("ignore", help: "Do not look whether the work is interrupted.")
  static let fail = Flag("fail", help: "Fail as a command does that meets bad data.")

  static let command = Command(
    "measure", summary: "Measure for a while", arguments: [lines, wait, ignore, fail]
  ) { arguments in
    for index in 0..<arguments[lines] { try StandardOutput.write("line \(index)\n") }
    if arguments[fail] { throw Failure() }
    let end = ProgressReporter.monotonicSeconds() + arguments[wait].secondsValue
    if end > ProgressReporter.monotonicSeconds() { try StandardOutput.write("working\n") }
    while ProgressReporter.monotonicSeconds() < end {
      if SignalTrap.isInterrupted, !arguments[ignore] {
        try StandardOutput.write("measured so far\n")
        throw Interruption()
      }
      usleep(5_000)
    }
    return .success
  }
}
