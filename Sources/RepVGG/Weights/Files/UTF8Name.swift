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
