import Foundation
import Glibc

/// The commands that every tool with subcommands has: `help`, `completions` and `man`.
enum StandardCommands {
  static let all = [help, completions, man]

  private static let helpWords = Positional(
    "COMMAND", .each(.text("COMMAND")), default: [], help: "The command; the tool without one.")

  private static let help = Command(
    "help", summary: "Show help for the tool or a command", arguments: [helpWords]
  ) { arguments in
    let tool = arguments.tool
    let terminal = Terminal(descriptor: STDOUT_FILENO, environment: arguments.environment)
    try StandardOutput.write(try tool.helpText(arguments[helpWords], terminal: terminal))
    return .success
  }

  private static let shell = Positional<Shell>(
    "SHELL", .oneOfCases("SHELL"), help: "The shell that the script is for.")

  private static let completions = Command(
    "completions", summary: "Print a shell's completion script",
    discussion: """
      To try it in a running bash: source <(TOOL completions bash). To install it, write it to the \
      folder in which the shell looks for completions.
      """,
    arguments: [shell]
  ) { arguments in
    try StandardOutput.write(arguments[shell].completionScript(for: arguments.tool))
    return .success
  }

  private static let manDirectory = Option(
    "directory", .directory, help: "Write the pages of the tool and all its commands here.")
  private static let manWords = Positional(
    "COMMAND", .each(.text("COMMAND")), default: [], help: "The command; the tool without one.")

  private static let man = Command(
    "man", summary: "Print a manual page in roff", arguments: [manDirectory, manWords],
    constraints: [.conflict(manDirectory, manWords)], isHidden: true
  ) { arguments in
    let tool = arguments.tool
    if let directory = arguments[manDirectory] {
      for page in ManPage.pages(of: tool) {
        try write(page.text, to: directory + "/" + page.fileName)
      }
    } else {
      let path = try tool.path(arguments[manWords])
      try StandardOutput.write(ManPage(tool: tool, path: path).text)
    }
    return .success
  }

  private static func write(_ text: String, to file: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      let reason = (error as NSError).localizedDescription
      throw OutputFileError(file: file, reason: reason)
    }
  }
}

/// A file that cannot be written.
struct OutputFileError: Error, CustomStringConvertible, ExitCodeConvertible {
  let file: String
  let reason: String

  var exitCode: ExitCode { .cannotCreate }
  var description: String { "\(file.escapedForDisplay): cannot be written: \(reason)" }
}
