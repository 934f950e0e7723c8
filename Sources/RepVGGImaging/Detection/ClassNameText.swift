/// Names of classes in the metadata of an exported detector: a list, or a dictionary from index to
/// name, as Python or JSON prints it: `{0: 'person', 1: "driver's seat"}`, `["cat", "dog"]`.
///
/// Ultralytics' exports have this under the key `names`.
package enum ClassNameText {
  private static let maximumByteCount = 16 << 20

  /// The names by their indices; nil for a text that is anything else.
  package static func names(_ text: String) -> [Int: String]? {
    guard text.utf8.count <= maximumByteCount else { return nil }
    var scanner = Scanner(bytes: Array(text.utf8))
    guard let names = scanner.names(), scanner.isAtEnd else { return nil }
    return names
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool {
      mutating get {
        skipBlanks()
        return position == bytes.count
      }
    }

    mutating func names() -> [Int: String]? {
      let isList = take("[")
      guard isList || take("{") else { return nil }
      let end: Unicode.Scalar = isList ? "]" : "}"
      var names: [Int: String] = [:]
      while !take(end) {
        guard let index = isList ? names.count : key(), let name = quoted(),
          names.updateValue(name, forKey: index) == nil
        else { return nil }
        guard take(",") else { return take(end) ? names : nil }
      }
      return names
    }

    /// An index, in quotes or not, and a colon.
    private mutating func key() -> Int? {
      skipBlanks()
      let isQuoted = position < bytes.count && (bytes[position] == 0x22 || bytes[position] == 0x27)
      let text: String?
      if isQuoted {
        text = quoted()
      } else {
        let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
        position += digits.count
        text = String(validating: digits, as: UTF8.self)
      }
      guard let text, let index = Int(text), index >= 0, take(":") else { return nil }
      return index
    }

    /// A text in single or double quotes, with escapes.
    private mutating func quoted() -> String? {
      skipBlanks()
      guard position < bytes.count, bytes[position] == 0x22 || bytes[position] == 0x27 else {
        return nil
      }
      let quote = bytes[position]
      position += 1
      var text: [UInt8] = []
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == quote { return String(validating: text, as: UTF8.self) }
        guard byte == UInt8(ascii: "\\") else {
          text.append(byte)
          continue
        }
        guard position < bytes.count, let escaped = escaped() else { return nil }
        text += escaped
      }
      return nil
    }

    /// What an escape after its backslash stands for.
    private mutating func escaped() -> [UInt8]? {
      let byte = bytes[position]
      position += 1
      switch byte {
      case 0x22, 0x27, 0x2f, 0x5c: return [byte]
      case UInt8(ascii: "n"): return [0x0a]
      case UInt8(ascii: "t"): return [0x09]
      case UInt8(ascii: "r"): return [0x0d]
      case UInt8(ascii: "x"), UInt8(ascii: "u"):
        let count = byte == UInt8(ascii: "x") ? 2 : 4
        guard bytes.count - position >= count,
          let digits = String(validating: bytes[position..<(position + count)], as: UTF8.self),
          let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value)
        else { return nil }
        position += count
        return Array(String(Character(scalar)).utf8)
      default: return nil
      }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
      position += 1
      return true
    }

    private mutating func skipBlanks() {
      while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) {
        position += 1
      }
    }
  }
}
