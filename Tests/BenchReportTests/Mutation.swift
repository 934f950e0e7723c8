import CommandLineKit
import TextFormats

/// Documents with something changed.
enum Mutation {
  /// Every value of a key replaced, wherever it occurs.
  static func replacing(_ value: JSONValue, key: String, with new: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { replacing($0, key: key, with: new) })
    case .object(let object):
      var copy = JSONObject()
      for entry in object.entries {
        copy[entry.key] = entry.key == key ? new : replacing(entry.value, key: key, with: new)
      }
      return .object(copy)
    default: return value
    }
  }

  /// The value without a key, wherever it occurs.
  static func removing(_ value: JSONValue, key: String) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { removing($0, key: key) })
    case .object(let object):
      var copy = JSONObject()
      for entry in object.entries where entry.key != key {
        copy[entry.key] = removing(entry.value, key: key)
      }
      return .object(copy)
    default: return value
    }
  }

  /// Every text replaced but those that decide what the document is.
  static func replacingTexts(_ value: JSONValue, with text: String) -> JSONValue {
    switch value {
    case .string: return .string(text)
    case .array(let elements): return .array(elements.map { replacingTexts($0, with: text) })
    case .object(let object):
      var copy = JSONObject()
      let kept = ["experiment", "form", "baseline", "candidate", "claim", "section"]
      for entry in object.entries {
        copy[entry.key] =
          kept.contains(entry.key) ? entry.value : replacingTexts(entry.value, with: text)
      }
      return .object(copy)
    default: return value
    }
  }

  static func numberCount(_ value: JSONValue) -> Int {
    var count = 0
    _ = visitNumbers(value) { number in
      count += 1
      return number
    }
    return count
  }

  static func replacingNumber(_ value: JSONValue, at index: Int, with new: JSONValue) -> JSONValue {
    var place = -1
    return visitNumbers(value) { number in
      place += 1
      return place == index ? new : number
    }
  }

  /// Samples are many and alike: of every long list the first two count.
  private static func visitNumbers(
    _ value: JSONValue, _ change: (JSONValue) -> JSONValue
  ) -> JSONValue {
    switch value {
    case .integer, .unsigned, .double: return change(value)
    case .array(let elements):
      return .array(
        elements.enumerated().map { $0 < 2 ? visitNumbers($1, change) : $1 })
    case .object(let object):
      var copy = JSONObject()
      for entry in object.entries { copy[entry.key] = visitNumbers(entry.value, change) }
      return .object(copy)
    default: return value
    }
  }
}
