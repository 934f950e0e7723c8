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
}
