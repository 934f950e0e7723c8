import CommandLineKit
import RepVGG

extension RepVGGError: ExitCodeConvertible {
  /// The documented exit code of every kind of failure.
  package var exitCode: ExitCode {
    switch kind {
    case .invalidArgument: .usage
    case .badData, .unsupported: .badData
    case .missingInput: .inputMissing
    case .cannotCreate: .cannotCreate
    case .inputOutput: .inputOutput
    case .outOfMemory: .failure
    case .cancelled: .interrupted
    case .internalInconsistency: .internalError
    }
  }
}
