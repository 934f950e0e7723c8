/// Something that a command takes: an option, a flag or a positional; a key into its `Arguments`.
package protocol ArgumentDeclaration: Sendable {
  /// Everything about it but the type of its value.
  var specification: ArgumentSpecification { get }
}

/// An argument declaration whose value has a known type.
package protocol TypedArgument<Value>: ArgumentDeclaration {
  /// What `Arguments` gives for it.
  associatedtype Value: Sendable
}

/// Everything about an argument but the type of its value: what parsing and documents go by.
package struct ArgumentSpecification: Sendable {
  /// The sort of argument.
  package enum Form: Sendable, Hashable {
    /// `--name VALUE`.
    case option
    /// `--name`, and `--no-name` where it can be negated.
    case flag(isNegatable: Bool)
    /// A word by its place.
    case positional
  }

  /// The name: of options and flags without dashes, of positionals the placeholder.
  package let name: String
  /// The letter after a single dash.
  package let shortName: Character?
  /// The sort of argument.
  package let form: Form
  /// What it is for: a sentence, or two.
  package let help: String
  /// What stands for the value in help; empty for flags.
  package let placeholder: String
  /// What a shell offers for the value.
  package let completion: CompletionKind
  /// Whether the command cannot do without it.
  package let isRequired: Bool
  /// Whether it may occur several times and every occurrence counts.
  package let isRepeatable: Bool
  /// Whether documents and completions leave it out.
  package let isHidden: Bool
  /// The value used where none is given, as help shows it.
  package let defaultText: String?
  /// The environment variable that gives the value where the command line does not.
  package let environmentName: String?
  /// The value from the words given, at least one; of flags, `true` or `false`.
  let evaluate: @Sendable ([String]) throws -> any StoredArgument
  /// The value used where none is given; nil where one is required.
  let absent: (any StoredArgument)?

  /// The name as the user writes it: `--threads`, or `IN`.
  package var displayName: String { form == .positional ? name : "--\(name)" }

  /// Whether a value follows the name.
  var takesValue: Bool { form == .option }

  /// The spelling that turns a flag off, where it has one.
  var negatedName: String? { form == .flag(isNegatable: true) ? "--no-\(name)" : nil }

  /// All spellings on the command line: `-t`, `--threads`, `--no-progress`.
  var spellings: [String] {
    guard form != .positional else { return [] }
    return [shortName.map { "-\($0)" }, "--\(name)", negatedName].compactMap { $0 }
  }
}

/// A value in `Arguments`, whatever its type; boxed, since casts to optional types lose a level.
protocol StoredArgument: Sendable {}

/// A value in `Arguments`.
struct Stored<Value: Sendable>: StoredArgument {
  let value: Value
}
