import Glibc

/// A tensor's name, compared and hashed by the bytes of its UTF-8.
///
/// Strings compare by canonical equivalence, which takes quadratic time for names made for that
/// purpose.
struct TensorName: Hashable, Comparable, Sendable {
  let bytes: ArraySlice<UInt8>

  init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  init(_ text: String) { self.init(bytes: Array(text.utf8)[...]) }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  static func < (left: TensorName, right: TensorName) -> Bool {
    left.bytes.withUnsafeBytes { left in
      right.bytes.withUnsafeBytes { right in
        let common = min(left.count, right.count)
        // Empty buffers have no address.
        guard common > 0, let start = left.baseAddress, let other = right.baseAddress else {
          return left.count < right.count
        }
        let order = memcmp(start, other, common)
        return order == 0 ? left.count < right.count : order < 0
      }
    }
  }

  /// What follows a prefix; nil if the name begins differently.
  func dropping(_ prefix: TensorName) -> TensorName? {
    guard bytes.starts(with: prefix.bytes) else { return nil }
    return TensorName(bytes: bytes.dropFirst(prefix.bytes.count))
  }

  /// What precedes a suffix; nil if the name ends differently.
  func droppingLast(_ ending: StaticString) -> TensorName? {
    let ending = UnsafeBufferPointer(start: ending.utf8Start, count: ending.utf8CodeUnitCount)
    guard bytes.count >= ending.count, bytes.suffix(ending.count).elementsEqual(ending) else {
      return nil
    }
    return TensorName(bytes: bytes.dropLast(ending.count))
  }

  /// The components between dots.
  var components: [ArraySlice<UInt8>] {
    bytes.split(separator: .dot, omittingEmptySubsequences: false)
  }

  /// The component after the last dot.
  var lastComponent: ArraySlice<UInt8> {
    guard let dot = bytes.lastIndex(of: .dot) else { return bytes }
    return bytes[(dot + 1)...]
  }
}

extension UInt8 {
  static let dot = UInt8(ascii: ".")

  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  /// Whether the byte may occur in the word of a stage's name, such as `stage` in `stage1`.
  fileprivate var isOfWord: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
  }
}

extension ArraySlice<UInt8> {
  /// A block or stage number: only digits and only few, so that arithmetic on it is safe.
  var smallNumber: Int? {
    guard (1...4).contains(count), allSatisfy(\.isDigit) else { return nil }
    return reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
  }

  /// Whether it consists of letters and underscores only, and at least one.
  var isWord: Bool { !isEmpty && allSatisfy(\.isOfWord) }

  /// `stage` and 1 of `stage1`.
  var wordAndNumber: (word: ArraySlice<UInt8>, number: Int)? {
    guard let digits = firstIndex(where: \.isDigit), self[..<digits].isWord,
      let number = self[digits...].smallNumber
    else { return nil }
    return (self[..<digits], number)
  }
}
