/// A command's arguments, checked and typed; declarations are the keys.
///
/// `arguments[threads]` is an `Int` where `threads` is an `Option<Int>`.
package struct Arguments: Sendable {
  /// Where a value comes from.
  package enum Source: Sendable, Hashable {
    /// The user wrote it.
    case commandLine
    /// The environment variable of this name gave it.
    case environment(String)
    /// It was not given.
    case `default`
  }

  /// The tool that was called.
  package let tool: CommandLineTool
  /// The words that select the command, from the tool's name on.
  package let commandWords: [String]
  /// The words after the tool's name as they were given, for records of a run.
  package let words: [String]
  /// The environment variables that defaults were taken from.
  package let environment: [String: String]
  private let values: [String: any StoredArgument]
  private let sources: [String: Source]

  init(
    tool: CommandLineTool, commandWords: [String], words: [String],
    environment: [String: String], values: [String: any StoredArgument],
    sources: [String: Source]
  ) {
    self.tool = tool
    self.commandWords = commandWords
    self.words = words
    self.environment = environment
    self.values = values
    self.sources = sources
  }

  /// The value of an argument that the command declares.
  ///
  /// Asking for one that the command does not declare is a mistake in the program and stops it.
  package subscript<Argument: TypedArgument>(argument: Argument) -> Argument.Value {
    let name = argument.specification.displayName
    guard let stored = values[name] as? Stored<Argument.Value> else {
      preconditionFailure("'\(commandWords.joined(separator: " "))' does not declare \(name)")
    }
    return stored.value
  }

  /// Where the value of an argument comes from.
  package func source(of argument: any ArgumentDeclaration) -> Source {
    sources[argument.specification.displayName] ?? .default
  }

  /// Whether the user wrote the argument on the command line.
  package func isGiven(_ argument: any ArgumentDeclaration) -> Bool {
    source(of: argument) == .commandLine
  }
}
