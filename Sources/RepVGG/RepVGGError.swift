/// What went wrong, where, and why: the one error type of the library's public interface.
///
/// `description` is a full sentence for a person; `kind` is what a program decides by.
public struct RepVGGError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The sort of failure; command-line tools map each to an exit code.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A caller's argument is out of range or contradicts another one.
    case invalidArgument
    /// A file or tensor is corrupt, inconsistent, or not what it claims to be.
    case badData
    /// A file that should be read does not exist or cannot be opened.
    case missingInput
    /// An output file cannot be created, or exists and may not be replaced.
    case cannotCreate
    /// Reading or writing failed after the file was opened.
    case inputOutput
    /// The request is well formed, but the library does not do it.
    case unsupported
    /// The memory that the request needs cannot be had.
    case outOfMemory
    /// The caller's ``Cancellation`` stopped the work.
    case cancelled
    /// The library broke its own rule: a defect, please report it.
    case internalInconsistency
  }

  /// The sort of failure.
  public var kind: Kind
  /// The file concerned, as the caller named it.
  public var file: String?
  /// The tensor concerned, by its name in the file.
  public var tensor: String?
  /// The reason, a clause without a capital or full stop.
  public var reason: String

  /// An error of a kind with its reason and, where known, the file and tensor concerned.
  public init(
    _ kind: Kind, _ reason: String, file: String? = nil, tensor: String? = nil
  ) {
    self.kind = kind
    self.file = file
    self.tensor = tensor
    self.reason = reason
  }

  /// The error as one line: file, tensor, reason.
  ///
  /// Control characters in names are escaped, a newline as `\n`; ``file`` has them as they are. A
  /// reason that a file made long is cut, and says how much is missing.
  public var description: String {
    var text = ""
    if let file { text += "\(file): " }
    if let tensor { text += "tensor '\(tensor)': " }
    return (text + reason.shortened(toBytes: Self.reasonByteLimit)).escapedForDisplay
  }

  private static let reasonByteLimit = 4096

  /// The same error with the file named, where it was not yet.
  package func inFile(_ file: String) -> RepVGGError {
    var copy = self
    copy.file = copy.file ?? file
    return copy
  }
}
