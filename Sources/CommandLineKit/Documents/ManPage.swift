/// A manual page of section 1 in roff with the `man` macros, made from the definition.
package struct ManPage: Sendable, Hashable {
  /// The file's name, for example `repvgg-convert.1`.
  package let fileName: String
  /// The page in roff.
  package let text: String

  /// The pages of a tool and of all its visible commands, the tool's first.
  package static func pages(of tool: CommandLineTool) -> [ManPage] {
    CommandPath(root: tool.root).subtree.map { ManPage(tool: tool, path: $0) }
  }

  init(tool: CommandLineTool, path: CommandPath) {
    fileName = Self.pageName(path) + ".1"
    var roff = Roff()
    // No date: the same sources always give the same page.
    roff.macro(
      "TH", Self.pageName(path).uppercased(), "1", "", "\(tool.name) \(tool.versionNumber)",
      "User Commands")
    roff.section("NAME")
    roff.text("\(Self.pageName(path)) - \(path.command.summary)")
    roff.section("SYNOPSIS")
    roff.bold(path.usage)
    if !path.command.discussion.paragraphs.isEmpty {
      roff.section("DESCRIPTION")
      for paragraph in path.command.discussion.paragraphs { roff.paragraph(paragraph) }
    }
    Self.addCommands(path, to: &roff)
    Self.addArguments(path, to: &roff)
    Self.addEnvironment(path, to: &roff)
    roff.section("EXIT STATUS")
    for code in path.exitCodes {
      roff.tagged(
        "\(code.rawValue)", code.meaning.prefix(1).uppercased() + code.meaning.dropFirst() + ".")
    }
    if !path.command.examples.isEmpty {
      roff.section("EXAMPLES")
      for example in path.command.examples { roff.tagged(example.commandLine, example.summary) }
    }
    Self.addReferences(path, to: &roff)
    text = roff.output
  }

  static func pageName(_ path: CommandPath) -> String { path.words.joined(separator: "-") }

  private static func addCommands(_ path: CommandPath, to roff: inout Roff) {
    if path.children.isEmpty { return }
    roff.section("COMMANDS")
    for child in path.children {
      let isDefault = child.command.name == path.command.defaultSubcommand
      roff.tagged(
        child.command.name, child.command.summary + (isDefault ? " (the default)." : "."))
    }
  }

  private static func addArguments(_ path: CommandPath, to roff: inout Roff) {
    if !path.command.positionals.isEmpty {
      roff.section("ARGUMENTS")
      for positional in path.command.positionals {
        roff.tagged(positional.name, positional.fullHelp)
        addChoices(positional, to: &roff)
      }
    }
    for (title, specifications) in path.optionGroups {
      roff.section(title.uppercased())
      for specification in specifications {
        roff.tagged(specification.optionHeading, specification.fullHelp)
        addChoices(specification, to: &roff)
      }
    }
    let sentences = path.command.constraints.map(\.sentence)
    if !sentences.isEmpty { roff.paragraph(sentences.joined(separator: " ")) }
  }

  /// What each choice means, where the definition says it.
  private static func addChoices(_ specification: ArgumentSpecification, to roff: inout Roff) {
    let explained = specification.completion.choices.filter { !$0.summary.isEmpty }
    if explained.isEmpty { return }
    roff.macro("RS")
    for choice in explained { roff.tagged(choice.name, choice.summary) }
    roff.macro("RE")
  }

  private static func addEnvironment(_ path: CommandPath, to roff: inout Roff) {
    let specifications = path.specifications.filter { $0.environmentName != nil && !$0.isHidden }
    if specifications.isEmpty { return }
    roff.section("ENVIRONMENT")
    for specification in specifications {
      guard let name = specification.environmentName else { continue }
      roff.tagged(name, "The value of \(specification.displayName) where it is not given.")
    }
  }

  private static func addReferences(_ path: CommandPath, to roff: inout Roff) {
    var references = path.children.map { "\(pageName($0))(1)" }
    if path.commands.count > 1 {
      let parent = path.words.dropLast().joined(separator: "-")
      references.insert("\(parent)(1)", at: 0)
    }
    if references.isEmpty { return }
    roff.section("SEE ALSO")
    roff.text(references.joined(separator: ", "))
  }
}
