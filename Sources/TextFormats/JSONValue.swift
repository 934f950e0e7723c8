/// A JSON document or a part of one; objects keep the order of their keys, integers are exact.
package enum JSONValue: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// An integer; of those above `Int.max` see `unsigned`.
  case integer(Int)
  /// An integer above `Int.max`; make it with `init(_: UInt64)`, which uses `integer` below that.
  case unsigned(UInt64)
  /// A number with a fraction or exponent; not finite ones are written as `null`.
  case double(Double)
  /// A text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Values by name, in order.
  case object(JSONObject)

  /// An unsigned integer, exact.
  package init(_ value: UInt64) {
    self = Int(exactly: value).map { .integer($0) } ?? .unsigned(value)
  }

  /// A value, or null.
  package init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
  /// A value, or null.
  package init(_ value: Int?) { self = value.map { .integer($0) } ?? .null }
  /// A value, or null.
  package init(_ value: String?) { self = value.map { .string($0) } ?? .null }
  /// A value, or null.
  package init(_ value: Bool?) { self = value.map { .bool($0) } ?? .null }
  /// An array of integers.
  package init(_ values: [Int]) { self = .array(values.map { .integer($0) }) }
  /// An array of numbers.
  package init(_ values: [Double]) { self = .array(values.map { .double($0) }) }
  /// An array of texts.
  package init(_ values: [String]) { self = .array(values.map { .string($0) }) }
}

extension JSONValue {
  /// The value of a key, where this is an object that has it; null is a value.
  package subscript(key: String) -> JSONValue? { objectValue?[key] }

  /// The element at an index, where this is an array that has it.
  package subscript(index: Int) -> JSONValue? {
    guard let elements = arrayValue, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// Whether this is `null`.
  package var isNull: Bool { self == .null }

  /// The truth value, where this is one.
  package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The integer, where this is one that fits `Int`.
  package var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The number as a Double, where this is any number; large integers are rounded.
  package var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// The text, where this is one.
  package var stringValue: String? { if case .string(let value) = self { value } else { nil } }

  /// The elements, where this is an array.
  package var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  /// The object, where this is one.
  package var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Null.
  package init(nilLiteral: ()) { self = .null }
  /// A truth value.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An integer.
  package init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  package init(floatLiteral value: Double) { self = .double(value) }
  /// A text.
  package init(stringLiteral value: String) { self = .string(value) }
  /// An array.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object; of equal keys the last wins.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}
