extension ArgumentSpecification {
  /// The help sentence followed by what the definition knows: choices, default, environment.
  var fullHelp: String {
    var text = help
    let names = completion.choices.map(\.name)
    if !names.isEmpty {
      let isList = if case .list = completion { true } else { false }
      text += isList ? " Any of: " : " One of: "
      text += names.joined(separator: ", ") + "."
    }
    if isRepeatable && form == .option { text += " May be repeated." }
    var notes: [String] = []
    if let defaultText { notes.append("default: \(defaultText)") }
    if let environmentName { notes.append("environment: \(environmentName)") }
    if !notes.isEmpty { text += " [\(notes.joined(separator: "; "))]" }
    return text
  }

  /// The spellings for a list of options: `-t, --threads N`, `--[no-]progress`.
  var optionHeading: String {
    let long = negatedName == nil ? "--\(name)" : "--[no-]\(name)"
    let spellings = [shortName.map { "-\($0)" }, long].compactMap { $0 }.joined(separator: ", ")
    return takesValue ? "\(spellings) \(placeholder)" : spellings
  }

  /// How the argument stands in a usage line.
  var usageWord: String {
    let word = form == .positional ? name : "--\(name) \(placeholder)"
    let repeated = isRepeatable && form == .positional ? "\(word)..." : word
    return isRequired ? repeated : "[\(repeated)]"
  }
}

extension CommandPath {
  /// How the command is called: `repvgg convert [options] IN OUT`.
  var usage: String {
    if command.action == nil {
      let word = command.defaultSubcommand.map { "[\($0)]" } ?? "COMMAND"
      return "\(text) \(word) [options]"
    }
    let required = command.ownSpecifications.filter { $0.form != .positional && $0.isRequired }
    let words = required.map(\.usageWord) + ["[options]"] + command.positionals.map(\.usageWord)
    return ([text] + words).joined(separator: " ")
  }

  /// The visible options and flags under their headings, the shared ones last.
  var optionGroups: [(title: String, specifications: [ArgumentSpecification])] {
    func options(_ specifications: [ArgumentSpecification]) -> [ArgumentSpecification] {
      specifications.filter { $0.form != .positional && !$0.isHidden }
    }
    var groups = [("Options", options(command.arguments.map(\.specification)))]
    groups += command.groups.map { ($0.title, options($0.arguments.map(\.specification))) }
    groups.append(("Common options", options(sharedSpecifications)))
    return groups.filter { !$0.1.isEmpty }
  }

  /// The codes that the command may end with.
  var exitCodes: [ExitCode] {
    if command.action == nil { return ExitCode.allCases }
    return ExitCode.allCases.filter {
      ExitCode.common.contains($0) || command.verdicts.contains($0)
    }
  }
}
