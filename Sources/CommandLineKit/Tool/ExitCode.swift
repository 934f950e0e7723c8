import TextFormats

/// What a command reports to the shell: sysexits' numbers where they fit, small ones for verdicts.
package enum ExitCode: Int32, Sendable, Hashable, CaseIterable {
  /// Everything asked for was done.
  case success = 0
  /// A failure that no other code names, or some of several inputs were skipped.
  case failure = 1
  /// A verification mismatch or a performance regression.
  case mismatch = 2
  /// No verdict: the machine is too noisy or there are too few samples.
  case undecided = 3
  /// The command line is wrong.
  case usage = 64
  /// A file is corrupt, inconsistent or not supported.
  case badData = 65
  /// A file that should be read does not exist or cannot be opened.
  case inputMissing = 66
  /// The tool broke its own rule: a defect.
  case internalError = 70
  /// An output cannot be created, or exists and may not be replaced.
  case cannotCreate = 73
  /// Reading or writing failed midway.
  case inputOutput = 74
  /// Stopped by SIGINT; what was done until then was reported.
  case interrupted = 130

  /// The meaning in a few words, as help and man pages print it.
  package var meaning: String {
    switch self {
    case .success: "ok"
    case .failure: "other failure"
    case .mismatch: "mismatch or regression"
    case .undecided: "undecided: too noisy or too few samples"
    case .usage: "wrong usage"
    case .badData: "bad data: a corrupt or unsupported file"
    case .inputMissing: "input missing"
    case .internalError: "internal error, please report it"
    case .cannotCreate: "output cannot be created"
    case .inputOutput: "input/output error"
    case .interrupted: "interrupted"
    }
  }

  /// The codes that any command may end with; verdicts are declared by the commands that give one.
  package static let common: [ExitCode] = allCases.filter { $0 != .mismatch && $0 != .undecided }
}

/// An error that knows which exit code it deserves; any other error exits with `failure`.
package protocol ExitCodeConvertible: Error {
  /// The code that the process ends with when this error reaches the top.
  var exitCode: ExitCode { get }
}

extension JSONError: ExitCodeConvertible {
  /// Always `badData`.
  package var exitCode: ExitCode { .badData }
}
