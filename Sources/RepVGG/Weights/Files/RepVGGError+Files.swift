import Glibc

extension RepVGGError {
  /// The same error with the tensor's name, unless it already has one.
  package func inTensor(_ name: String) -> RepVGGError {
    var copy = self
    copy.tensor = copy.tensor ?? name.printable
    return copy
  }

  /// The error of a failed system call, with the system's own message.
  package static func system(
    _ kind: Kind, _ action: String, errorNumber: Int32, file: String
  ) -> RepVGGError {
    let reason = strerror(errorNumber).map { String(cString: $0) } ?? "error \(errorNumber)"
    return RepVGGError(kind, "\(action): \(reason)", file: file)
  }
}

extension String {
  /// A name from a file made safe to print: control characters escaped, long text shortened.
  package var printable: String {
    let limit = 200
    var text = ""
    for (index, scalar) in unicodeScalars.enumerated() {
      if index == limit { return text + "…" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
        text += "\\u{\(String(scalar.value, radix: 16))}"
      default:
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The text, or its beginning and the number of bytes that are omitted.
  func shortened(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: limit)
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil {
      end = utf8.index(before: end)
    }
    return "\(self[..<end])… (\(utf8.count - utf8[..<end].count) more bytes)"
  }

  /// The text on one line: control characters, line separators and marks that change the direction
  /// of text become `\n`, `\x1b` or `\u{202e}`.
  ///
  /// Backslashes are doubled only if there are such characters.
  var onOneLine: String {
    guard unicodeScalars.contains(where: \.leavesTheLine) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case "\\": text += "\\\\"
      case _ where scalar.leavesTheLine && scalar.value < 0x100:
        let digits = String(scalar.value, radix: 16)
        text += "\\x" + (digits.count < 2 ? "0" : "") + digits
      case _ where scalar.leavesTheLine: text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  /// Whether a terminal would do anything else with it than show it.
  var leavesTheLine: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
