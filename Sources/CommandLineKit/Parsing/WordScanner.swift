/// Sorts the words of a command line: subcommands, options with their values, positionals.
struct WordScanner {
  /// One time that an option or flag was written.
  struct Occurrence: Sendable {
    let specification: ArgumentSpecification
    /// The name as written, for messages.
    let spelling: String
    /// The value; of flags `true` or `false`.
    let value: String
  }

  let words: [String]
  private(set) var path: CommandPath
  private(set) var occurrences: [Occurrence] = []
  private(set) var positionalWords: [String] = []
  /// Whether a word stands where a command has to, and names none.
  private(set) var hasUnknownCommand = false
  private var position = 0
  private var optionsHaveEnded = false

  init(words: [String], path: CommandPath) {
    self.words = words
    self.path = path
  }

  /// Whether `--help` or `-h` stands among the words scanned, or after the one that is wrong.
  var asksForHelp: Bool {
    if isGiven(StandardArguments.help.specification) { return true }
    if optionsHaveEnded { return false }
    return words[min(position, words.count)...].prefix { $0 != "--" }.contains {
      $0 == "--help" || $0 == "-h"
    }
  }

  /// Whether `--version` was written.
  var asksForVersion: Bool { isGiven(StandardArguments.version.specification) }

  /// The `--color` among the words scanned, for what is printed before a command is chosen.
  var colorChoice: ColorChoice {
    let name = StandardArguments.color.specification.name
    let value = occurrences.last { $0.specification.name == name }?.value
    return value.flatMap { ColorChoice(rawValue: $0) } ?? .auto
  }

  private func isGiven(_ specification: ArgumentSpecification) -> Bool {
    occurrences.contains { $0.specification.name == specification.name }
  }

  /// Follows subcommands down to the command that is meant; shared options may stand in between.
  mutating func selectCommand() throws(UsageError) {
    while path.command.action == nil {
      guard position < words.count else {
        if asksForHelp || asksForVersion { return }
        guard let command = path.command.defaultCommand else { return }
        path = path.appending(command)
        continue
      }
      let word = words[position]
      if let command = path.command.subcommands.first(where: { $0.name == word }) {
        path = path.appending(command)
        position += 1
      } else if word.isOption && isKnownOption(word) {
        try scanOption(word)
      } else if let command = path.command.defaultCommand,
        word.isOption || word == "--" || !command.positionals.isEmpty
      {
        path = path.appending(command)
      } else if word.isOption {
        throw unknownOption(word)
      } else {
        hasUnknownCommand = true
        throw unknownCommand(word)
      }
    }
  }

  /// Sorts the words after the command's name.
  mutating func scanArguments() throws(UsageError) {
    while position < words.count {
      let word = words[position]
      if optionsHaveEnded || !(word.isOption || word == "--") {
        positionalWords.append(word)
        position += 1
      } else if word == "--" {
        optionsHaveEnded = true
        position += 1
      } else {
        try scanOption(word)
      }
    }
  }

  /// Whether all that the word says is known at this level; otherwise a default subcommand may.
  private func isKnownOption(_ word: String) -> Bool {
    if word.hasPrefix("--") {
      let name = String(word.prefix { $0 != "=" })
      return path.specifications.contains { $0.spellings.contains(name) }
    }
    for letter in word.dropFirst() {
      guard let specification = path.specifications.first(where: { $0.shortName == letter }) else {
        return false
      }
      if specification.takesValue { break }
    }
    return true
  }

  private mutating func scanOption(_ word: String) throws(UsageError) {
    if word.hasPrefix("--") {
      try scanLongOption(word)
    } else {
      try scanShortOptions(word)
    }
  }

  private mutating func scanLongOption(_ word: String) throws(UsageError) {
    // Split by scalars: an "=" with a combining mark after it is another Character.
    let scalars = word.unicodeScalars
    let equals = scalars.firstIndex(of: "=")
    let name = String(scalars[..<(equals ?? scalars.endIndex)])
    let attached = equals.map { String(scalars[scalars.index(after: $0)...]) }
    guard let specification = path.specifications.first(where: { $0.spellings.contains(name) })
    else { throw unknownOption(name) }
    if specification.takesValue {
      position += 1
      let value: String
      if let attached {
        value = attached
      } else {
        value = try followingValue(of: name, specification)
      }
      occurrences.append(Occurrence(specification: specification, spelling: name, value: value))
    } else {
      guard attached == nil else {
        throw UsageError("'\(name)' takes no value; write it alone")
      }
      position += 1
      let isOff = name == specification.negatedName
      occurrences.append(
        Occurrence(specification: specification, spelling: name, value: isOff ? "false" : "true"))
    }
  }

  /// One dash: flags may be bundled, the value of an option may follow its letter at once.
  private mutating func scanShortOptions(_ word: String) throws(UsageError) {
    var rest = word.dropFirst()
    while let letter = rest.popFirst() {
      let name = "-\(letter)"
      guard let specification = path.specifications.first(where: { $0.shortName == letter }) else {
        throw unknownOption(word.count == 2 ? word : name, within: word)
      }
      if specification.takesValue {
        position += 1
        if rest.first == "=" { rest.removeFirst() }
        let value = rest.isEmpty ? try followingValue(of: name, specification) : String(rest)
        occurrences.append(Occurrence(specification: specification, spelling: name, value: value))
        return
      }
      occurrences.append(Occurrence(specification: specification, spelling: name, value: "true"))
    }
    position += 1
  }

  /// The word after an option, unless it looks like another option: then the value was forgotten.
  private mutating func followingValue(of name: String, _ specification: ArgumentSpecification)
    throws(UsageError) -> String
  {
    let usage = "\(name) \(specification.placeholder)"
    guard position < words.count else {
      throw UsageError("'\(usage)' needs a value")
    }
    let word = words[position]
    guard !word.isOption && word != "--" || word.isNegativeNumber else {
      let attached = "\(name)=\(word)".quotedForDisplay()
      throw UsageError(
        "'\(usage)' needs a value; if \(word.quotedForDisplay()) is it, write \(attached)")
    }
    position += 1
    return word
  }

  private func unknownOption(_ name: String, within word: String? = nil) -> UsageError {
    let candidates = path.specifications.filter { !$0.isHidden }.flatMap(\.spellings)
      .filter { $0.hasPrefix("--") }
    var message = "unknown option \(name.quotedForDisplay())"
    if let word, word != name { message += " in \(word.quotedForDisplay())" }
    let owners = path.children.filter { child in
      child.command.ownSpecifications.contains { !$0.isHidden && $0.spellings.contains(name) }
    }
    if let owner = owners.first {
      message += "; it belongs after '\(owner.text)'"
    } else if word == nil,
      let near = Suggestion.nearest(to: name, among: candidates)
    {
      message += "; did you mean '\(near)'?"
    } else if (word ?? name).isNegativeNumber {
      message += "; write '--' before words that begin with a dash"
    }
    return UsageError(message)
  }

  private func unknownCommand(_ word: String) -> UsageError {
    let names = path.command.visibleSubcommands.map(\.name)
    var message = "unknown command \(word.quotedForDisplay())"
    if let near = Suggestion.nearest(to: word, among: names) {
      message += "; did you mean '\(near)'?"
    } else {
      message += "; one of \(names.joined(separator: ", ")) is expected"
    }
    return UsageError(message)
  }
}

extension String {
  /// Whether the word is written as options are; `-` alone is a value, `--` ends options.
  var isOption: Bool { hasPrefix("-") && self != "-" && self != "--" }

  /// Whether the word is a dash and then a number, such as `-1` or `-.5`.
  var isNegativeNumber: Bool {
    guard hasPrefix("-"), let next = dropFirst().first else { return false }
    return next.isASCII && next.isNumber || next == "."
  }
}
