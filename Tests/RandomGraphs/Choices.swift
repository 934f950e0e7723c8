/// Numbers that bytes decide, one each: fewer and smaller bytes are a simpler graph.
struct Choices {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether every byte has been used: all numbers that follow are 0.
  var isEmpty: Bool { position >= bytes.count }

  /// A number in 0..<limit.
  mutating func below(_ limit: Int) -> Int {
    guard !isEmpty, limit > 1 else { return 0 }
    defer { position += 1 }
    return Int(bytes[position]) % limit
  }

  /// One of some elements; the first is the simplest.
  mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }

  /// True once in a number of times.
  mutating func once(in count: Int) -> Bool { below(count) == count - 1 }
}
