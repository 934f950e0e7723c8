/// A node of the command tree: what it is called, what it takes and what it does.
package struct Command: Sendable {
  /// Arguments under a heading of their own in help.
  package struct Group: Sendable {
    /// The heading, for example `Engine`.
    package let title: String
    /// The arguments under it.
    package let arguments: [any ArgumentDeclaration]

    /// Arguments under a heading.
    package init(_ title: String, _ arguments: [any ArgumentDeclaration]) {
      self.title = title
      self.arguments = arguments
    }
  }

  /// A command line that shows how the command is used.
  package struct Example: Sendable, Hashable {
    /// The command line, from the tool's name on.
    package let commandLine: String
    /// What it does.
    package let summary: String

    /// - Parameters:
    ///   - commandLine: The command line, from the tool's name on.
    ///   - summary: What it does.
    package init(_ commandLine: String, _ summary: String) {
      self.commandLine = commandLine
      self.summary = summary
    }
  }

  /// What a command does with its arguments.
  package typealias Action = @Sendable (Arguments) throws -> ExitCode

  /// The word that selects it; of the root, the tool's name.
  package let name: String
  /// What it does, in one line without a full stop.
  package let summary: String
  /// More about it: paragraphs separated by empty lines.
  package let discussion: String
  /// Its own positionals, options and flags.
  package let arguments: [any ArgumentDeclaration]
  /// Further options under headings of their own.
  package let groups: [Group]
  /// Options and flags that it and every subcommand take.
  package let sharedArguments: [any ArgumentDeclaration]
  /// Which arguments go together.
  package let constraints: [Constraint]
  /// How it is used.
  package let examples: [Example]
  /// The exit codes that it adds to the common ones.
  package let verdicts: [ExitCode]
  /// The commands under it.
  package let subcommands: [Command]
  /// The subcommand that is meant where none is named.
  package let defaultSubcommand: String?
  /// Whether documents and completions leave it out.
  package let isHidden: Bool
  /// What it does; nil where a subcommand must be named.
  package let action: Action?

  /// A command that does something.
  ///
  /// - Parameters:
  ///   - name: The word that selects it.
  ///   - summary: What it does, in one line without a full stop.
  ///   - discussion: More about it: paragraphs separated by empty lines.
  ///   - arguments: Its positionals, options and flags.
  ///   - groups: Further options under headings of their own.
  ///   - constraints: Which arguments go together.
  ///   - verdicts: The exit codes that it adds to the common ones.
  ///   - examples: How it is used.
  ///   - isHidden: Whether documents and completions leave it out.
  ///   - action: What it does; its result is the exit code, what it throws becomes a message.
  package init(
    _ name: String, summary: String, discussion: String = "",
    arguments: [any ArgumentDeclaration] = [], groups: [Group] = [],
    constraints: [Constraint] = [], verdicts: [ExitCode] = [], examples: [Example] = [],
    isHidden: Bool = false, action: @escaping Action
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.arguments = arguments
    self.groups = groups
    self.constraints = constraints
    self.verdicts = verdicts
    self.examples = examples
    self.isHidden = isHidden
    self.action = action
    sharedArguments = []
    subcommands = []
    defaultSubcommand = nil
  }

  /// A command that only holds others.
  ///
  /// - Parameters:
  ///   - name: The word that selects it; of the root, the tool's name.
  ///   - summary: What it is, in one line without a full stop.
  ///   - discussion: More about it: paragraphs separated by empty lines.
  ///   - sharedArguments: Options and flags that every subcommand takes.
  ///   - subcommands: The commands under it.
  ///   - defaultSubcommand: The subcommand that is meant where none is named.
  ///   - examples: How it is used.
  ///   - isHidden: Whether documents and completions leave it out.
  package init(
    _ name: String, summary: String, discussion: String = "",
    sharedArguments: [any ArgumentDeclaration] = [], subcommands: [Command],
    defaultSubcommand: String? = nil, examples: [Example] = [], isHidden: Bool = false
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.sharedArguments = sharedArguments
    self.subcommands = subcommands
    self.defaultSubcommand = defaultSubcommand
    self.examples = examples
    self.isHidden = isHidden
    arguments = []
    groups = []
    constraints = []
    verdicts = []
    action = nil
  }
}

extension Command {
  /// The subcommands that documents and completions name.
  var visibleSubcommands: [Command] { subcommands.filter { !$0.isHidden } }

  /// The subcommand that is meant where none is named.
  var defaultCommand: Command? {
    subcommands.first { $0.name == defaultSubcommand }
  }

  /// Its own arguments, those in groups included, in the order of declaration.
  var ownSpecifications: [ArgumentSpecification] {
    (arguments + groups.flatMap(\.arguments)).map(\.specification)
  }

  /// Its positionals in order.
  var positionals: [ArgumentSpecification] {
    ownSpecifications.filter { $0.form == .positional }
  }
}
