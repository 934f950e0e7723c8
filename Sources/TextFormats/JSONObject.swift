/// JSON values by key, in the order in which the keys were first set.
package struct JSONObject: Sendable, Hashable {
  /// A key and its value.
  package struct Entry: Sendable, Hashable {
    package let key: String
    package var value: JSONValue
  }

  /// The entries in order.
  package private(set) var entries: [Entry] = []
  private var indexByKey: [String: Int] = [:]

  /// An empty object.
  package init() {}

  /// The keys in order.
  package var keys: [String] { entries.map(\.key) }

  /// The number of entries.
  package var count: Int { entries.count }

  /// The value of a key; nil where there is none.
  ///
  /// Setting nil removes the key; a key set again keeps its place.
  package subscript(key: String) -> JSONValue? {
    get { indexByKey[key].map { entries[$0].value } }
    set {
      switch (indexByKey[key], newValue) {
      case (let index?, let value?): entries[index].value = value
      case (nil, let value?):
        indexByKey[key] = entries.count
        entries.append(Entry(key: key, value: value))
      case (let index?, nil):
        entries.remove(at: index)
        indexByKey = [:]
        for (position, entry) in entries.enumerated() { indexByKey[entry.key] = position }
      case (nil, nil): break
      }
    }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// An object from keys and values; of equal keys the last wins.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }
}
