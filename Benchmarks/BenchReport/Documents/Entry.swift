import CommandLineKit
import TextFormats

/// An object of a result with its place, so that whatever it lacks can be named.
struct Entry: Sendable {
  let value: JSONValue
  /// Where it is in the document, such as `scenarios[2].memory`; empty for the document itself.
  let place: String
  let file: String

  /// The object's keys in their order.
  var keys: [String] { value.objectValue?.keys ?? [] }

  func text(_ key: String) throws(ReportError) -> String {
    guard let text = value[key]?.stringValue else { throw missing(key, "a text") }
    return text
  }

  func number(_ key: String) throws(ReportError) -> Double {
    guard let number = optionalNumber(key) else { throw missing(key, "a number") }
    return number
  }

  /// A number that can be a time or a size.
  func positive(_ key: String) throws(ReportError) -> Double {
    let number = try number(key)
    guard number > 0 else { throw missing(key, "a positive number") }
    return number
  }

  func integer(_ key: String) throws(ReportError) -> Int {
    guard let number = value[key]?.integerValue else { throw missing(key, "an integer") }
    return number
  }

  func numbers(_ key: String) throws(ReportError) -> [Double] {
    let numbers = value[key]?.arrayValue.map { $0.compactMap(\.doubleValue) }
    guard let numbers, numbers.count == value[key]?.arrayValue?.count else {
      throw missing(key, "a list of numbers")
    }
    return numbers
  }

  func entry(_ key: String) throws(ReportError) -> Entry {
    guard let object = value[key], object.objectValue != nil else {
      throw missing(key, "an object")
    }
    return Entry(value: object, place: path(key), file: file)
  }

  func entries(_ key: String) throws(ReportError) -> [Entry] {
    guard let elements = value[key]?.arrayValue else { throw missing(key, "a list") }
    var list: [Entry] = []
    for (index, element) in elements.enumerated() {
      guard element.objectValue != nil else { throw missing("\(key)[\(index)]", "an object") }
      list.append(Entry(value: element, place: "\(path(key))[\(index)]", file: file))
    }
    return list
  }

  func optionalText(_ key: String) -> String? { value[key]?.stringValue }

  func optionalNumber(_ key: String) -> Double? {
    value[key]?.doubleValue.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The texts of a list; none where there is no such list.
  func texts(_ key: String) -> [String] { value[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }

  private func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

  private func missing(_ key: String, _ kind: String) -> ReportError {
    ReportError(file, "'\(path(key))' is missing or not \(kind)")
  }
}
