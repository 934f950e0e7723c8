/// A value of the description of the system.
package enum SystemValue: Sendable, Hashable, CustomStringConvertible {
  /// A name or text.
  case text(String)
  /// A count, or a size in bytes where the field's name says so.
  case integer(Int)
  /// A measure.
  case number(Double)
  /// A yes or no.
  case flag(Bool)
  /// Several names.
  case list([String])
  /// Several measures.
  case numbers([Double])
  /// Not known, and why where the reason is known.
  case unknown(String?)

  /// A text, unknown where there is none.
  package init(text: String?) { self = text.map(SystemValue.text) ?? .unknown(nil) }

  /// An integer, unknown where there is none.
  package init(integer: Int?) { self = integer.map(SystemValue.integer) ?? .unknown(nil) }

  /// A flag, unknown where there is none.
  package init(flag: Bool?) { self = flag.map(SystemValue.flag) ?? .unknown(nil) }

  /// The value for a person; unknown ones as `unknown` or `unknown (reason)`.
  package var description: String {
    switch self {
    case .text(let text): text
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .flag(let flag): flag ? "yes" : "no"
    case .list(let names): names.isEmpty ? "none" : names.joined(separator: " ")
    case .numbers(let numbers): numbers.map { "\($0)" }.joined(separator: " ")
    case .unknown(let reason): reason.map { "unknown (\($0))" } ?? "unknown"
    }
  }
}

extension SystemValue: Encodable {
  /// Encodes the plain value; unknown ones as the text of `description`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .integer(let number): try container.encode(number)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .list(let names): try container.encode(names)
    case .numbers(let numbers): try container.encode(numbers)
    case .unknown: try container.encode(description)
    }
  }
}

/// A named value of the description of the system.
package struct SystemField: Sendable, Hashable {
  /// The stable name, in lower case with underscores, with its unit where it has one.
  package let name: String
  /// The value.
  package let value: SystemValue

  /// A field from its name and value.
  package init(_ name: String, _ value: SystemValue) {
    self.name = name
    self.value = value
  }
}
