import CPlatform
import Foundation
import Glibc

/// A command-line tool: its command tree, and the way from the process's arguments to its exit code.
///
/// Every tool also has the commands `help`, `completions` and (hidden) `man`, and every command
/// `--help` and `--version`.
package struct CommandLineTool: Sendable {
  /// The command tree, with the standard commands.
  package let root: Command
  /// The version number, as man pages name it: `1.2.0`.
  package let versionNumber: String
  /// What `--version` prints, without a newline at its end; may take time to find out.
  package let versionText: @Sendable () -> String

  /// - Parameters:
  ///   - root: The command tree; its name is the tool's name.
  ///   - versionNumber: The version number, as man pages name it.
  ///   - versionText: What `--version` prints, without a newline at its end.
  package init(
    root: Command, versionNumber: String, versionText: @escaping @Sendable () -> String
  ) {
    self.root =
      root.subcommands.isEmpty
      ? root
      : Command(
        root.name, summary: root.summary, discussion: root.discussion,
        sharedArguments: root.sharedArguments,
        subcommands: root.subcommands + StandardCommands.all,
        defaultSubcommand: root.defaultSubcommand, examples: root.examples,
        isHidden: root.isHidden)
    self.versionNumber = versionNumber
    self.versionText = versionText
  }

  /// The tool's name.
  package var name: String { root.name }

  /// Does what the process's arguments say and ends the process.
  ///
  /// Installs `SignalTrap`. Results go to standard output, messages to standard error; errors end
  /// with the code that `ExitCodeConvertible` gives them, a closed pipe ends without a word.
  package func main() -> Never {
    SignalTrap.install()
    do throws(UsageError) {
      let words = try Self.processWords().dropFirst()
      let environment = ProcessInfo.processInfo.environment
      exit(run(Array(words), environment: environment).rawValue)
    } catch {
      StandardError.write(message(for: error))
      exit(ExitCode.usage.rawValue)
    }
  }

  /// Does what the words say.
  ///
  /// - Parameters:
  ///   - words: The arguments after the tool's name.
  ///   - environment: The environment variables that defaults are taken from.
  /// - Returns: The code to end with. Does not return where standard output is a closed pipe.
  package func run(_ words: [String], environment: [String: String]) -> ExitCode {
    do {
      switch try Parser(tool: self, environment: environment).parse(words) {
      case .help(let path, let color):
        let terminal = Terminal(
          descriptor: STDOUT_FILENO, environment: environment, color: color)
        try StandardOutput.write(HelpText(tool: self, terminal: terminal).text(path))
        return .success
      case .version:
        try StandardOutput.write(versionText() + "\n")
        return .success
      case .run(let path, let arguments):
        do {
          return try path.command.action?(arguments) ?? .internalError
        } catch let error as UsageError {
          throw error.inCommand(path.text)
        }
      }
    } catch OutputError.closed {
      SignalTrap.exitQuietlyAsClosedPipe()
    } catch {
      StandardError.write(message(for: error))
      return (error as? any ExitCodeConvertible)?.exitCode ?? .failure
    }
  }

  /// What a command line asks for, for tests and for commands that check command lines.
  ///
  /// - Parameters:
  ///   - words: The arguments after the tool's name.
  ///   - environment: The environment variables that defaults are taken from.
  /// - Returns: The arguments of the command; nil where help or the version is asked for.
  /// - Throws: `UsageError`.
  package func arguments(_ words: [String], environment: [String: String] = [:])
    throws(UsageError) -> Arguments?
  {
    guard
      case .run(_, let arguments) = try Parser(tool: self, environment: environment).parse(words)
    else { return nil }
    return arguments
  }

  /// A command's help.
  ///
  /// - Parameters:
  ///   - words: The words that select the command, without the tool's name.
  ///   - terminal: Where it will be read: its width and whether it takes colour.
  /// - Returns: The text, which ends with a newline.
  /// - Throws: `UsageError` where there is no such command.
  package func helpText(_ words: [String], terminal: Terminal) throws(UsageError) -> String {
    HelpText(tool: self, terminal: terminal).text(try path(words))
  }

  /// The path of the command that words select.
  func path(_ words: [String]) throws(UsageError) -> CommandPath {
    var path = CommandPath(root: root)
    for word in words {
      guard let command = path.command.subcommands.first(where: { $0.name == word }) else {
        let names = path.command.visibleSubcommands.map(\.name)
        let advice = Suggestion.nearest(to: word, among: names).map { "; did you mean '\($0)'?" }
        throw UsageError(
          "'\(path.text)' has no command \(word.quotedForDisplay())" + (advice ?? ""),
          commandText: name)
      }
      path = path.appending(command)
    }
    return path
  }

  /// An error as the lines that standard error gets.
  package func message(for error: any Error) -> String {
    guard let usageError = error as? UsageError else {
      // One line, whatever a file name in it contains.
      return "\(name): \("\(error)".escapedForDisplay)\n"
    }
    return "\(name): \(usageError.inCommand(name))\n"
  }

  /// The process's arguments; Swift would repair bytes that are not UTF-8 and name another file.
  private static func processWords() throws(UsageError) -> [String] {
    var words: [String] = []
    for index in 0..<rvgk_argument_count() {
      guard let pointer = rvgk_argument(index) else { break }
      guard let word = String(validatingCString: pointer) else {
        let repaired = String(cString: pointer).quotedForDisplay()
        throw UsageError(
          "argument \(index), \(repaired), is not valid UTF-8; rename the file or use a link")
      }
      words.append(word)
    }
    return words
  }
}
