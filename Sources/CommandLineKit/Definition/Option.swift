/// An option with a value, `--name VALUE`, and the key to that value in `Arguments`.
///
/// With a default the value is a `Value`; without one it is `Value?`, nil where it is not given.
package struct Option<Value: Sendable>: TypedArgument {
  /// Everything about it but the type of its value.
  package let specification: ArgumentSpecification

  /// An option that has a default.
  ///
  /// - Parameters:
  ///   - name: The long name without dashes, for example `threads`.
  ///   - short: The letter after a single dash.
  ///   - kind: What values look like.
  ///   - default: The value where none is given.
  ///   - defaultText: The default as help shows it; made from `default` where this is nil.
  ///   - environment: The variable that gives the value where the command line does not.
  ///   - isHidden: Whether documents and completions leave it out.
  ///   - help: What it is for: a sentence, or two.
  package init(
    _ name: String, short: Character? = nil, _ kind: ValueKind<Value>, default: Value,
    defaultText: String? = nil, environment: String? = nil, isHidden: Bool = false, help: String
  ) {
    let text = defaultText ?? kind.format(`default`)
    specification = ArgumentSpecification(
      option: name, short: short, kind: kind, help: help, isRequired: false, isHidden: isHidden,
      defaultText: text.isEmpty ? nil : text, environment: environment,
      absent: Stored(value: `default`),
      evaluate: { Stored(value: try kind.value(of: $0) ?? `default`) })
  }

  /// An option whose value is nil where it is not given.
  ///
  /// - Parameters:
  ///   - name: The long name without dashes, for example `weights`.
  ///   - short: The letter after a single dash.
  ///   - kind: What values look like.
  ///   - defaultText: What happens without it, as help shows it, for example `all cores`.
  ///   - environment: The variable that gives the value where the command line does not.
  ///   - isHidden: Whether documents and completions leave it out.
  ///   - help: What it is for: a sentence, or two.
  package init<Wrapped>(
    _ name: String, short: Character? = nil, _ kind: ValueKind<Wrapped>,
    defaultText: String? = nil, environment: String? = nil, isHidden: Bool = false, help: String
  ) where Value == Wrapped? {
    specification = ArgumentSpecification(
      option: name, short: short, kind: kind, help: help, isRequired: false, isHidden: isHidden,
      defaultText: defaultText, environment: environment, absent: Stored<Wrapped?>(value: nil),
      evaluate: { Stored<Wrapped?>(value: try kind.value(of: $0)) })
  }

  /// An option that the command cannot do without.
  ///
  /// - Parameters:
  ///   - name: The long name without dashes, for example `output`.
  ///   - short: The letter after a single dash.
  ///   - kind: What values look like.
  ///   - environment: The variable that gives the value where the command line does not.
  ///   - help: What it is for: a sentence, or two.
  package init(
    required name: String, short: Character? = nil, _ kind: ValueKind<Value>,
    environment: String? = nil, help: String
  ) {
    specification = ArgumentSpecification(
      option: name, short: short, kind: kind, help: help, isRequired: true, isHidden: false,
      defaultText: nil, environment: environment, absent: nil,
      evaluate: { Stored(value: try kind.requiredValue(of: $0)) })
  }
}

/// An option without a value, `--name`, and the key to its truth value in `Arguments`.
package struct Flag: TypedArgument {
  /// What `Arguments` gives for it.
  package typealias Value = Bool
  /// Everything about it but the type of its value.
  package let specification: ArgumentSpecification

  /// - Parameters:
  ///   - name: The long name without dashes, for example `force`.
  ///   - short: The letter after a single dash.
  ///   - isNegatable: Whether `--no-name` turns it off.
  ///   - default: The value where it is not given.
  ///   - environment: The variable that gives the value (`1`, `true`, `yes`, `on`, or the opposites)
  ///     where the command line does not.
  ///   - isHidden: Whether documents and completions leave it out.
  ///   - help: What it is for: a sentence, or two.
  package init(
    _ name: String, short: Character? = nil, isNegatable: Bool = false, default: Bool = false,
    environment: String? = nil, isHidden: Bool = false, help: String
  ) {
    specification = ArgumentSpecification(
      name: name, shortName: short, form: .flag(isNegatable: isNegatable), help: help,
      placeholder: "", completion: .none, isRequired: false, isRepeatable: false,
      isHidden: isHidden, defaultText: `default` ? "on" : nil, environmentName: environment,
      evaluate: { words in
        switch words.last?.lowercased() {
        case "1", "true", "yes", "on": Stored(value: true)
        case "0", "false", "no", "off": Stored(value: false)
        default: throw InvalidValue("must be 1 or 0, true or false, yes or no, on or off")
        }
      }, absent: Stored(value: `default`))
  }
}

extension ArgumentSpecification {
  fileprivate init<Value>(
    option name: String, short: Character?, kind: ValueKind<Value>, help: String,
    isRequired: Bool, isHidden: Bool, defaultText: String?, environment: String?,
    absent: (any StoredArgument)?,
    evaluate: @escaping @Sendable ([String]) throws -> any StoredArgument
  ) {
    self.init(
      name: name, shortName: short, form: .option, help: help, placeholder: kind.placeholder,
      completion: kind.completion, isRequired: isRequired, isRepeatable: kind.isRepeatable,
      isHidden: isHidden, defaultText: defaultText, environmentName: environment,
      evaluate: evaluate, absent: absent)
  }
}

extension ValueKind {
  /// The value of all words given, every one of them checked.
  func value(of words: [String]) throws -> Value? {
    combine(try words.map(parse))
  }

  /// The value of all words given, which are at least one.
  func requiredValue(of words: [String]) throws -> Value {
    guard let value = try value(of: words) else { throw InvalidValue("must be given") }
    return value
  }
}
