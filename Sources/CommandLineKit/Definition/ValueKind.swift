/// Why one value on the command line or in the environment was refused.
package struct InvalidValue: Error, Sendable, Hashable {
  /// The reason, a clause that says what would be right: `must be between 1 and 64`.
  package let reason: String

  /// A refusal with its reason.
  package init(_ reason: String) {
    self.reason = reason
  }
}

/// What values of an option or positional look like: how they are read, shown and completed.
package struct ValueKind<Value: Sendable>: Sendable {
  /// What stands for the value in help, in capitals: `N`, `FILE`.
  package var placeholder: String
  /// What a shell offers.
  package var completion: CompletionKind
  /// Whether every occurrence adds to the value; otherwise the last one wins.
  package let isRepeatable: Bool
  let parse: @Sendable (String) throws -> Value
  let format: @Sendable (Value) -> String
  let combine: @Sendable ([Value]) -> Value?

  /// A kind of value of its own.
  ///
  /// - Parameters:
  ///   - placeholder: What stands for the value in help.
  ///   - completion: What a shell offers.
  ///   - format: The value as the user would write it, for defaults in help.
  ///   - parse: Reads one word; throws `InvalidValue` where it is none. The word can be anything.
  package init(
    placeholder: String, completion: CompletionKind = .none,
    format: @escaping @Sendable (Value) -> String = { "\($0)" },
    parse: @escaping @Sendable (String) throws -> Value
  ) {
    self.placeholder = placeholder
    self.completion = completion
    self.parse = parse
    self.format = format
    isRepeatable = false
    combine = { $0.last }
  }

  init(
    repeatablePlaceholder placeholder: String, completion: CompletionKind,
    format: @escaping @Sendable (Value) -> String,
    combine: @escaping @Sendable ([Value]) -> Value?,
    parse: @escaping @Sendable (String) throws -> Value
  ) {
    self.placeholder = placeholder
    self.completion = completion
    self.parse = parse
    self.format = format
    self.combine = combine
    isRepeatable = true
  }

  /// The same kind under another placeholder.
  package func named(_ placeholder: String) -> ValueKind {
    var copy = self
    copy.placeholder = placeholder
    return copy
  }
}

extension ValueKind {
  /// One value an occurrence, which may occur several times: `--label a=1 --label b=2`.
  package static func each<Element>(_ kind: ValueKind<Element>) -> ValueKind
  where Value == [Element] {
    ValueKind(
      repeatablePlaceholder: kind.placeholder, completion: kind.completion,
      format: { $0.map(kind.format).joined(separator: " ") }, combine: { $0.flatMap { $0 } },
      parse: { [try kind.parse($0)] })
  }

  /// Values separated by commas; several occurrences add up: `--form plain,branched`.
  ///
  /// - Parameters:
  ///   - kind: What each value is.
  ///   - maximumCount: How many values one list may have.
  /// - Returns: The kind of value.
  package static func list<Element>(of kind: ValueKind<Element>, maximumCount: Int = 1024)
    -> ValueKind where Value == [Element]
  {
    sweep(of: kind, maximumCount: maximumCount) { [try kind.parse($0)] }
  }

  /// Values separated by commas, where one item may stand for several, as a range does.
  static func sweep<Element>(
    of kind: ValueKind<Element>, maximumCount: Int,
    expand: @escaping @Sendable (String) throws -> [Element]
  ) -> ValueKind where Value == [Element] {
    ValueKind(
      repeatablePlaceholder: "\(kind.placeholder),...", completion: .list(of: kind.completion),
      format: { $0.map(kind.format).joined(separator: ",") }, combine: { $0.flatMap { $0 } },
      parse: { text in
        var values: [Element] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
          guard !item.isEmpty else {
            throw InvalidValue("must be values separated by single commas, without blanks")
          }
          values += try expand(String(item))
          guard values.count <= maximumCount else {
            throw InvalidValue("must be at most \(maximumCount) values")
          }
        }
        return values
      })
  }
}

extension ValueKind where Value == String {
  /// Any text, also an empty one.
  package static func text(_ placeholder: String = "TEXT") -> ValueKind {
    ValueKind(placeholder: placeholder) { $0 }
  }

  /// A file that is read; `-` may stand for standard input where the command says so.
  ///
  /// - Parameter extensions: The endings that a shell offers, without the dot; empty for any.
  /// - Returns: The kind of value.
  package static func inputFile(_ extensions: String...) -> ValueKind {
    path("FILE", .files(extensions: extensions))
  }

  /// A file that is written; its name's ending decides the format, so another one is refused.
  ///
  /// - Parameters:
  ///   - extensions: The endings that name a format which is written, without the dot.
  ///   - orStandardOutput: Whether `-` is taken too, for standard output.
  /// - Returns: The kind of value.
  package static func outputFile(
    _ extensions: String..., orStandardOutput: Bool = false
  ) -> ValueKind {
    let file = path("FILE", .files(extensions: extensions))
    return ValueKind(placeholder: file.placeholder, completion: file.completion) { text in
      let path = try file.parse(text)
      if orStandardOutput, path == "-" { return path }
      let name = path.lowercased()
      guard extensions.contains(where: { name.hasSuffix(".\($0)") }) else {
        let known = extensions.map { ".\($0)" } + (orStandardOutput ? ["or be -"] : [])
        throw InvalidValue("must end in \(known.joined(separator: ", "))")
      }
      return path
    }
  }

  /// A directory.
  package static var directory: ValueKind { path("DIR", .directories) }

  /// A file or a directory.
  package static var path: ValueKind { path("PATH", .files(extensions: [])) }

  private static func path(_ placeholder: String, _ completion: CompletionKind) -> ValueKind {
    ValueKind(placeholder: placeholder, completion: completion) { text in
      guard !text.isEmpty else { throw InvalidValue("must not be empty") }
      guard !text.utf8.contains(0) else { throw InvalidValue("must not contain a NUL byte") }
      return text
    }
  }
}
