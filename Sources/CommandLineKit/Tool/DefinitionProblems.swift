extension CommandLineTool {
  /// What is wrong with the definition itself, one sentence each: for a test that expects none.
  ///
  /// Names that occur twice or cannot be written, positionals that can never be reached, rules about
  /// arguments that the command lacks, a default subcommand that does not exist, missing summaries.
  package var definitionProblems: [String] {
    allPaths(CommandPath(root: root)).flatMap { Self.problems(of: $0) }
  }

  private func allPaths(_ path: CommandPath) -> [CommandPath] {
    [path] + path.command.subcommands.flatMap { allPaths(path.appending($0)) }
  }

  private static func problems(of path: CommandPath) -> [String] {
    var problems: [String] = []
    let command = path.command
    func report(_ problem: String) { problems.append("\(path.text): \(problem)") }
    if !isName(command.name) { report("the command's name is not made of a-z, 0-9 and dashes") }
    if command.summary.isEmpty { report("there is no summary") }
    if command.summary.hasSuffix(".") { report("the summary ends with a full stop") }
    for name in duplicates(command.subcommands.map(\.name)) { report("two commands named \(name)") }
    if command.defaultSubcommand != nil, command.defaultCommand == nil {
      report("the default subcommand does not exist")
    }
    for name in duplicates(path.specifications.flatMap(\.spellings)) {
      report("\(name) is declared twice")
    }
    for name in duplicates(command.positionals.map(\.name)) { report("\(name) is declared twice") }
    for specification in path.specifications {
      for problem in Self.problems(of: specification) {
        report("\(specification.displayName) \(problem)")
      }
    }
    for (previous, next) in zip(command.positionals, command.positionals.dropFirst()) {
      if previous.isRepeatable { report("\(next.name) comes after the repeated \(previous.name)") }
      if !previous.isRequired && next.isRequired {
        report("the required \(next.name) comes after the optional \(previous.name)")
      }
    }
    for name in command.constraints.flatMap(\.names)
    where !path.specifications.contains(where: { $0.displayName == name }) {
      report("a rule names \(name), which the command does not take")
    }
    return problems
  }

  private static func problems(of specification: ArgumentSpecification) -> [String] {
    var problems: [String] = []
    if specification.form != .positional, !isName(specification.name) {
      problems.append("is not made of a-z, 0-9 and dashes")
    }
    if specification.help.isEmpty { problems.append("has no help") }
    if let letter = specification.shortName, !letter.isASCII || !letter.isLetter {
      problems.append("has a short name that is not a letter")
    }
    for choice in specification.completion.choices {
      let allowed = choice.name.utf8.allSatisfy {
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",")
      }
      if choice.name.isEmpty || !allowed {
        problems.append("has a choice that is not plain ASCII, or has a comma")
      }
    }
    if let text = specification.environmentName,
      text.isEmpty
        || !text.utf8.allSatisfy({
          $0 == UInt8(ascii: "_") || Character(Unicode.Scalar($0)).isASCIIUpperOrDigit
        })
    {
      problems.append("has a variable that is not made of A-Z, 0-9 and _")
    }
    return problems
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("-")
      && name.utf8.allSatisfy {
        $0 == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
  }

  private static func duplicates(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { !seen.insert($0).inserted }
  }
}

extension Character {
  fileprivate var isASCIIUpperOrDigit: Bool { isASCII && (isUppercase || isNumber) }
}
