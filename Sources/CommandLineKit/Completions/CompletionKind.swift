/// What a shell offers in place of a value.
package indirect enum CompletionKind: Sendable, Hashable {
  /// Nothing: the value is free.
  case none
  /// Files with one of these endings (without the dot; empty for any), and directories to enter.
  case files(extensions: [String])
  /// Directories.
  case directories
  /// Names that are listed.
  case values([Choice])
  /// Several of these, separated by commas.
  case list(of: CompletionKind)

  /// The names that are listed, also as elements of a list.
  var choices: [Choice] {
    switch self {
    case .values(let choices): choices
    case .list(let element): element.choices
    default: []
    }
  }
}
