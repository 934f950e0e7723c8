/// Follows a command line down the command tree and checks everything that it says.
struct Parser {
  /// What a command line asks for.
  enum Outcome: Sendable {
    /// To run a command.
    case run(CommandPath, Arguments)
    /// To see a command's help.
    case help(CommandPath, ColorChoice)
    /// To see the version.
    case version
  }

  let tool: CommandLineTool
  let environment: [String: String]

  func parse(_ words: [String]) throws(UsageError) -> Outcome {
    var scanner = WordScanner(words: words, path: CommandPath(root: tool.root))
    do {
      try scanner.selectCommand()
      try scanner.scanArguments()
    } catch {
      // Help is printed whatever else is wrong with the line, unless the command does not exist:
      // scripts use this to find out whether it does.
      if scanner.asksForHelp, !scanner.hasUnknownCommand {
        return .help(scanner.path, scanner.colorChoice)
      }
      throw error.inCommand(scanner.path.text)
    }
    if scanner.asksForHelp { return .help(scanner.path, scanner.colorChoice) }
    if scanner.asksForVersion { return .version }
    guard scanner.path.command.action != nil else {
      throw missingCommand(scanner.path)
    }
    let evaluator = ArgumentEvaluator(
      path: scanner.path, occurrences: scanner.occurrences,
      positionalWords: scanner.positionalWords, environment: environment)
    do {
      let (values, sources) = try evaluator.evaluate()
      let arguments = Arguments(
        tool: tool, commandWords: scanner.path.words, words: words, environment: environment,
        values: values, sources: sources)
      return .run(scanner.path, arguments)
    } catch {
      throw error.inCommand(scanner.path.text)
    }
  }

  private func missingCommand(_ path: CommandPath) -> UsageError {
    let names = path.command.visibleSubcommands.map(\.name).joined(separator: ", ")
    return UsageError("a command is expected: one of \(names)", commandText: path.text)
  }
}
