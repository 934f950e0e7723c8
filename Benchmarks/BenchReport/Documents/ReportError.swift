import CommandLineKit

/// Why a result cannot be reported.
package struct ReportError: Error, Sendable, Hashable, CustomStringConvertible,
  ExitCodeConvertible
{
  /// The file concerned, as the user named it.
  package let file: String
  /// The reason, a clause without a full stop.
  package let reason: String
  /// `badData` or `inputMissing`.
  package let exitCode: ExitCode

  init(_ file: String, _ reason: String, exitCode: ExitCode = .badData) {
    self.file = file
    self.reason = reason
    self.exitCode = exitCode
  }

  /// File and reason in one line.
  package var description: String { "\(file): \(reason)" }
}
