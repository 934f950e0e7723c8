/// A shell that completions are made for.
package enum Shell: String, Sendable, Hashable, CaseIterable {
  /// GNU bash, 4.3 or later.
  case bash
  /// The Z shell.
  case zsh
  /// fish, 3.1 or later.
  case fish

  /// The script that completes a tool's command lines in this shell.
  package func completionScript(for tool: CommandLineTool) -> String {
    switch self {
    case .bash: BashCompletion(tool: tool).script
    case .zsh: ZshCompletion(tool: tool).script
    case .fish: FishCompletion(tool: tool).script
    }
  }

  /// The file's name where the shell looks for completions of a tool.
  package func completionFileName(for tool: CommandLineTool) -> String {
    switch self {
    case .bash: tool.name
    case .zsh: "_\(tool.name)"
    case .fish: "\(tool.name).fish"
    }
  }
}

extension String {
  /// The text as one word of a POSIX shell, whatever it contains.
  var quotedForShell: String { "'" + replacing("'", with: "'\\''") + "'" }

  /// The tool's name as part of a shell function's name.
  var asFunctionName: String { replacing("-", with: "_") }
}

extension CommandPath {
  /// A path as completion scripts name it: empty for the root, `/convert` below.
  var key: String { commands.dropFirst().map { "/\($0.name)" }.joined() }

  /// The visible options and flags that may be written here; of a command that stands for its
  /// default, the default's too.
  var offeredSpecifications: [ArgumentSpecification] {
    let own = specifications.filter { $0.form != .positional && !$0.isHidden }
    guard let child = defaultChild else { return own }
    let names = Set(own.map(\.name))
    return child.command.ownSpecifications.filter {
      $0.form != .positional && !$0.isHidden && !names.contains($0.name)
    } + own
  }

  /// The command that is meant where none is named, if it has options of its own.
  var defaultChild: CommandPath? {
    guard command.action == nil, let child = command.defaultCommand,
      child.ownSpecifications.contains(where: { $0.form != .positional && !$0.isHidden })
    else { return nil }
    return appending(child)
  }

  /// The spellings that only the default subcommand knows: they select it.
  var spellingsOfDefaultChild: [String] {
    let shared = Set(specifications.flatMap(\.spellings))
    let own = defaultChild?.command.ownSpecifications ?? []
    return own.filter { !$0.isHidden }.flatMap(\.spellings).filter { !shared.contains($0) }
  }
}
