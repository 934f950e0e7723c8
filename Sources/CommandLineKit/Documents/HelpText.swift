/// What `--help` prints, made from the definition.
struct HelpText {
  let tool: CommandLineTool
  let terminal: Terminal

  private var width: Int { max(40, min(terminal.width, 100)) }
  private let indent = "  "
  private let maximumHeadingWidth = 26

  func text(_ path: CommandPath) -> String {
    var sections = [paragraph("\(path.text): \(path.command.summary)")]
    sections.append(heading("Usage:") + " " + path.usage + "\n")
    sections += path.command.discussion.paragraphs.map(paragraph)
    sections += path.command.action == nil ? groupSections(path) : argumentSections(path)
    sections += exampleSection(path)
    sections.append(exitCodeSection(path))
    if !path.children.isEmpty {
      sections.append("See '\(tool.name) help COMMAND' for a command's own help.\n")
    }
    return sections.joined(separator: "\n")
  }

  private func groupSections(_ path: CommandPath) -> [String] {
    let rows = path.command.visibleSubcommands.map { command in
      let isDefault = command.name == path.command.defaultSubcommand
      return (command.name, command.summary + (isDefault ? " (the default)" : ""))
    }
    var sections = [section("Commands:", rows)]
    if let command = path.command.defaultCommand {
      // The default's options are what people look for first.
      for group in path.appending(command).optionGroups.dropLast() {
        sections.append(optionSection("\(group.title) of \(command.name):", group.specifications))
      }
    }
    return sections + optionSections(path)
  }

  private func argumentSections(_ path: CommandPath) -> [String] {
    var sections: [String] = []
    let positionals = path.command.positionals.filter { !$0.isHidden }
    if !positionals.isEmpty {
      sections.append(section("Arguments:", positionals.map { ($0.name, $0.fullHelp) }))
    }
    sections += optionSections(path)
    let sentences = path.command.constraints.map(\.sentence)
    if !sentences.isEmpty { sections.append(paragraph(sentences.joined(separator: " "))) }
    return sections
  }

  private func optionSections(_ path: CommandPath) -> [String] {
    path.optionGroups.map { optionSection("\($0.title):", $0.specifications) }
  }

  private func optionSection(_ title: String, _ specifications: [ArgumentSpecification]) -> String {
    section(
      title,
      specifications.map { specification in
        let gap = specification.shortName == nil ? "    " : ""
        return (gap + specification.optionHeading, specification.fullHelp)
      })
  }

  private func exampleSection(_ path: CommandPath) -> [String] {
    if path.command.examples.isEmpty { return [] }
    let lines = path.command.examples.map { example in
      let summary = example.summary.wrapped(toDisplayWidth: width - 6)
      return indent + example.commandLine + "\n" + summary.map { "      \($0)\n" }.joined()
    }
    return [heading("Examples:") + "\n" + lines.joined()]
  }

  private func exitCodeSection(_ path: CommandPath) -> String {
    let isBrief = path.commands.count > 1 && path.command.action != nil
    let codes = isBrief ? [.success] + path.command.verdicts : path.exitCodes
    let texts = codes.map { "\($0.rawValue) \($0.meaning)" }
    let rest = isBrief ? "; others as '\(tool.name) --help' lists them." : "."
    return paragraph("Exit codes: " + texts.joined(separator: "; ") + rest)
  }

  private func section(_ title: String, _ rows: [(heading: String, text: String)]) -> String {
    let column = min(maximumHeadingWidth, rows.map(\.heading.displayWidth).max() ?? 0)
    let textStart = indent.count + column + 2
    var lines = [heading(title)]
    for row in rows {
      let wrapped = row.text.wrapped(toDisplayWidth: max(20, width - textStart))
      let isTooLong = row.heading.displayWidth > column
      let first = isTooLong ? nil : wrapped.first
      let heading = terminal.styled(row.heading, .cyan)
      let gap = String(repeating: " ", count: max(0, column - row.heading.displayWidth) + 2)
      lines.append(indent + heading + (first.map { gap + $0 } ?? ""))
      for line in wrapped.dropFirst(isTooLong ? 0 : 1) {
        lines.append(String(repeating: " ", count: textStart) + line)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func paragraph(_ text: String) -> String {
    text.wrapped(toDisplayWidth: width).map { $0 + "\n" }.joined()
  }

  private func heading(_ text: String) -> String { terminal.styled(text, .bold) }
}
