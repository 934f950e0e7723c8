/// A word that is known by its place, and the key to its value in `Arguments`.
package struct Positional<Value: Sendable>: TypedArgument {
  /// Everything about it but the type of its value.
  package let specification: ArgumentSpecification

  /// A positional that the command cannot do without; of an `each` kind, one or more.
  ///
  /// - Parameters:
  ///   - name: The placeholder in capitals, for example `IN`.
  ///   - kind: What values look like.
  ///   - help: What it is for: a sentence, or two.
  package init(_ name: String, _ kind: ValueKind<Value>, help: String) {
    specification = ArgumentSpecification(
      positional: name, kind: kind, help: help, isRequired: true, defaultText: nil, absent: nil,
      evaluate: { Stored(value: try kind.requiredValue(of: $0)) })
  }

  /// A positional that has a default; of an `each` kind, none or more.
  ///
  /// - Parameters:
  ///   - name: The placeholder in capitals, for example `DIR`.
  ///   - kind: What values look like.
  ///   - default: The value where none is given.
  ///   - help: What it is for: a sentence, or two.
  package init(_ name: String, _ kind: ValueKind<Value>, default: Value, help: String) {
    let text = kind.format(`default`)
    specification = ArgumentSpecification(
      positional: name, kind: kind, help: help, isRequired: false,
      defaultText: text.isEmpty ? nil : text, absent: Stored(value: `default`),
      evaluate: { Stored(value: try kind.requiredValue(of: $0)) })
  }

  /// A positional whose value is nil where it is not given.
  ///
  /// - Parameters:
  ///   - name: The placeholder in capitals, for example `OUT`.
  ///   - kind: What values look like.
  ///   - help: What it is for: a sentence, or two.
  package init<Wrapped>(optional name: String, _ kind: ValueKind<Wrapped>, help: String)
  where Value == Wrapped? {
    specification = ArgumentSpecification(
      positional: name, kind: kind, help: help, isRequired: false, defaultText: nil,
      absent: Stored<Wrapped?>(value: nil),
      evaluate: { Stored<Wrapped?>(value: try kind.value(of: $0)) })
  }
}

extension ArgumentSpecification {
  fileprivate init<Value>(
    positional name: String, kind: ValueKind<Value>, help: String, isRequired: Bool,
    defaultText: String?, absent: (any StoredArgument)?,
    evaluate: @escaping @Sendable ([String]) throws -> any StoredArgument
  ) {
    self.init(
      name: name, shortName: nil, form: .positional, help: help, placeholder: name,
      completion: kind.completion, isRequired: isRequired, isRepeatable: kind.isRepeatable,
      isHidden: false, defaultText: defaultText, environmentName: nil, evaluate: evaluate,
      absent: absent)
  }
}
