/// A name from a file, compared byte by byte.
///
/// Swift compares strings after Unicode normalization, which takes quadratic time for a long run of
/// combining marks. The formats here compare bytes.
struct UTF8Name: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: UTF8Name, right: UTF8Name) -> Bool {
    left.text.utf8.count == right.text.utf8.count
      && left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    let isDone: Void? = text.utf8.withContiguousStorageIfAvailable {
      hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
    if isDone == nil { for byte in text.utf8 { hasher.combine(byte) } }
  }
}

extension String {
  /// Whether there are no more than 30 combining marks in a row, the limit of Unicode's Stream-Safe
  /// Text Format (UAX #15): longer runs have no meaning and take long to compare.
  package var isStreamSafe: Bool {
    // ASCII has no marks.
    if utf8.allSatisfy({ $0 < 0x80 }) { return true }
    var marks = 0
    for scalar in unicodeScalars {
      // There is no mark before this one.
      let isStarter =
        scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered
      marks = isStarter ? 0 : marks + 1
      if marks > 30 { return false }
    }
    return true
  }
}
