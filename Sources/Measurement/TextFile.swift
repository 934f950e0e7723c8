import Glibc

/// The small text files of /proc and /sys.
enum TextFile {
  /// The file's text, or nil where it cannot be opened or read; at most a mebibyte of it.
  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < 1 << 20 {
      let got = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if got > 0 {
        bytes.append(contentsOf: chunk[..<got])
      } else if got == 0 {
        break
      } else if errno != EINTR {
        return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The file's text without white space around it; nil where there is no file or nothing in it.
  static func readTrimmed(_ path: String) -> String? {
    guard let text = read(path) else { return nil }
    let trimmed = trim(Substring(text))
    return trimmed.isEmpty ? nil : trimmed
  }

  /// The file's one integer; nil where there is none.
  static func readInteger(_ path: String) -> Int? {
    readTrimmed(path).flatMap { Int($0) }
  }

  /// The text without white space at its ends.
  static func trim(_ text: Substring) -> String {
    var rest = text
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  /// The first value of lines such as `model name : value`.
  static func value(of key: String, in text: String, separator: Character = ":") -> String? {
    for line in text.split(whereSeparator: \.isNewline) {
      guard let end = line.firstIndex(of: separator), trim(line[..<end]) == key else { continue }
      let value = trim(line[line.index(after: end)...])
      return value.isEmpty ? nil : value
    }
    return nil
  }

  /// The numbers of a list such as `0-3,8`; nil where it is malformed or names a million or more.
  static func numberList(_ text: String) -> [Int]? {
    var numbers: [Int] = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil,
        first >= 0, last >= first, last < 1_000_000, numbers.count + last - first < 1_000_000
      else { return nil }
      numbers.append(contentsOf: first...last)
    }
    return numbers.isEmpty ? nil : numbers
  }

  /// Numbers as the shortest list, the inverse of `numberList`: `0-3,8`.
  static func listText(_ numbers: [Int]) -> String {
    var parts: [String] = []
    var start: Int?
    var end = 0
    for number in numbers.sorted() {
      if let first = start {
        if number <= end + 1 {
          end = number
          continue
        }
        parts.append(first == end ? "\(first)" : "\(first)-\(end)")
      }
      start = number
      end = number
    }
    if let first = start { parts.append(first == end ? "\(first)" : "\(first)-\(end)") }
    return parts.joined(separator: ",")
  }
}
