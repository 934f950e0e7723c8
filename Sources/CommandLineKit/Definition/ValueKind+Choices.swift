/// One of the values that an option takes, with what it means.
package struct Choice: Sendable, Hashable {
  /// The value as it is written on the command line.
  package let name: String
  /// What it means, in a few words; empty where the name says it.
  package let summary: String

  /// - Parameters:
  ///   - name: The value as it is written.
  ///   - summary: What it means; shells and man pages show it.
  package init(_ name: String, _ summary: String = "") {
    self.name = name
    self.summary = summary
  }
}

extension ValueKind where Value == String {
  /// One of the names given.
  ///
  /// - Parameters:
  ///   - choices: The names, in the order in which help lists them.
  ///   - placeholder: What stands for the value in help.
  ///   - ignoresCase: Whether `a0` stands for `A0`; the value is then spelled as declared.
  /// - Returns: The kind of value.
  package static func oneOf(
    _ choices: [Choice], _ placeholder: String, ignoresCase: Bool = false
  ) -> ValueKind {
    ValueKind(placeholder: placeholder, completion: .values(choices)) { text in
      try match(text, choices, ignoresCase: ignoresCase)
    }
  }
}

extension ValueKind
where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
  /// One of an enumeration's cases, by raw value.
  ///
  /// - Parameters:
  ///   - placeholder: What stands for the value in help.
  ///   - ignoresCase: Whether capitals do not matter.
  ///   - summary: What a case means; shells and man pages show it.
  /// - Returns: The kind of value.
  package static func oneOfCases(
    _ placeholder: String, ignoresCase: Bool = false,
    summary: (Value) -> String = { _ in "" }
  ) -> ValueKind {
    let choices = Value.allCases.map { Choice($0.rawValue, summary($0)) }
    return ValueKind(
      placeholder: placeholder, completion: .values(choices), format: { $0.rawValue }
    ) { text in
      guard let value = Value(rawValue: try match(text, choices, ignoresCase: ignoresCase)) else {
        throw InvalidValue("must be one of: " + choices.map(\.name).joined(separator: ", "))
      }
      return value
    }
  }
}

private func match(_ text: String, _ choices: [Choice], ignoresCase: Bool) throws -> String {
  if let exact = choices.first(where: { $0.name == text }) { return exact.name }
  if ignoresCase {
    let lowercased = text.lowercased()
    if let choice = choices.first(where: { $0.name.lowercased() == lowercased }) {
      return choice.name
    }
  }
  let names = choices.map(\.name)
  var reason = "must be one of: " + names.joined(separator: ", ")
  if let near = Suggestion.nearest(to: text, among: names) { reason += "; did you mean '\(near)'?" }
  throw InvalidValue(reason)
}
