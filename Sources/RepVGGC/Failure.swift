import CRepVGG
import RepVGG

/// A status other than `RVG_OK` and its reason.
struct Failure: Error {
  let status: rvg_status
  let reason: String

  init(_ status: rvg_status, _ reason: String) {
    self.status = status
    self.reason = reason
  }

  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as RepVGGError: self.init(error.kind.status, error.description)
    default: self.init(RVG_INTERNAL, "\(error)")
    }
  }
}

extension RepVGGError.Kind {
  /// The status that C callers get.
  fileprivate var status: rvg_status {
    switch self {
    case .invalidArgument: RVG_INVALID_ARGUMENT
    case .badData: RVG_BAD_DATA
    case .missingInput: RVG_MISSING_INPUT
    case .cannotCreate: RVG_CANNOT_CREATE
    case .inputOutput: RVG_INPUT_OUTPUT
    case .unsupported: RVG_UNSUPPORTED
    case .outOfMemory: RVG_OUT_OF_MEMORY
    // C callers give no cancellation.
    case .cancelled, .internalInconsistency: RVG_INTERNAL
    }
  }
}

/// Does a function's work; what it throws becomes its status and the thread's last error.
func status(of work: () throws -> Void) -> rvg_status {
  do {
    try work()
    return RVG_OK
  } catch {
    let failure = Failure(error)
    setLastError(failure.reason)
    return failure.status
  }
}

/// Copies a text to where `rvg_last_error` finds it, cut between characters if it is too long.
private func setLastError(_ text: String) {
  let target = rvgk_thread_text()
  var length = 0
  for character in text.unicodeScalars where character != "\0" {
    let bytes = UTF8.encode(character).map(Array.init) ?? []
    guard length + bytes.count < RVGK_THREAD_TEXT_CAPACITY else { break }
    for byte in bytes {
      target[length] = CChar(bitPattern: byte)
      length += 1
    }
  }
  target[length] = 0
}
