/// A command line that cannot be followed: what is wrong, and what to do next.
package struct UsageError: Error, Sendable, Hashable, CustomStringConvertible, ExitCodeConvertible {
  /// What is wrong, and what would be right: one line.
  package let message: String
  /// The command concerned, from the tool's name on; empty where a command itself found the error.
  package let commandText: String

  /// The code that the process ends with when this error reaches the top.
  package var exitCode: ExitCode { .usage }

  /// An error that a command's action finds in its arguments.
  ///
  /// - Parameter message: What is wrong, and what would be right, without a full stop.
  package init(_ message: String) {
    self.init(message, commandText: "")
  }

  init(_ message: String, commandText: String) {
    self.message = message
    self.commandText = commandText
  }

  /// The message, and where there is a command, the advice to ask for its help.
  package var description: String {
    commandText.isEmpty ? message : "\(message)\nTry '\(commandText) --help'."
  }

  /// The same error with the command named, where it was not yet.
  func inCommand(_ text: String) -> UsageError {
    commandText.isEmpty ? UsageError(message, commandText: text) : self
  }
}
