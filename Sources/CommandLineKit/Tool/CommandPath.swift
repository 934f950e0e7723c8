/// A command in the tree, with those above it: what it takes is its own and what they share.
struct CommandPath: Sendable {
  /// The commands from the root down.
  let commands: [Command]

  /// The command itself; a path is never empty.
  var command: Command { commands[commands.count - 1] }

  init(root: Command) {
    commands = [root]
  }

  private init(commands: [Command]) {
    self.commands = commands
  }

  func appending(_ command: Command) -> CommandPath {
    CommandPath(commands: commands + [command])
  }

  /// The words that select the command, from the tool's name on.
  var words: [String] { commands.map(\.name) }

  /// The words joined by blanks: `repvgg convert`.
  var text: String { words.joined(separator: " ") }

  /// The options and flags that come from the commands above, and those that all commands have.
  var sharedSpecifications: [ArgumentSpecification] {
    commands.flatMap { $0.sharedArguments.map(\.specification) }
      + [StandardArguments.help.specification, StandardArguments.version.specification]
  }

  /// Everything that the command takes.
  var specifications: [ArgumentSpecification] {
    command.ownSpecifications + sharedSpecifications
  }

  /// The paths of the visible subcommands.
  var children: [CommandPath] { command.visibleSubcommands.map(appending) }

  /// This path and those of all visible commands below, parents first.
  var subtree: [CommandPath] { [self] + children.flatMap(\.subtree) }
}
