/// Writes JSON values as text (RFC 8259): keys in their order, numbers so that they read back equal.
package struct JSONWriter: Sendable, Hashable {
  /// How a document is laid out.
  package enum Layout: Sendable, Hashable {
    /// No white space at all: one line.
    case compact
    /// Two spaces per level; arrays of plain values stay on one line.
    case pretty
  }

  /// How documents are laid out.
  package var layout: Layout
  /// Whether `<`, `>` and `&` are escaped in texts, as a document inside an HTML page needs.
  ///
  /// Control characters, line separators and marks that turn the direction of text always are.
  package var escapesForHTML: Bool

  /// - Parameters:
  ///   - layout: How documents are laid out.
  ///   - escapesForHTML: Whether the text can stand inside a `script` element.
  package init(_ layout: Layout = .pretty, escapesForHTML: Bool = false) {
    self.layout = layout
    self.escapesForHTML = escapesForHTML
  }

  /// The document as text, without a newline at its end.
  ///
  /// Doubles have the shortest form that reads back equal; NaN and infinities become `null`.
  package func text(_ value: JSONValue) -> String {
    var text = ""
    write(value, depth: 0, into: &text)
    return text
  }

  private func write(_ value: JSONValue, depth: Int, into text: inout String) {
    switch value {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .integer(let number): text += String(number)
    case .unsigned(let number): text += String(number)
    case .double(let number): text += number.isFinite ? number.description : "null"
    case .string(let string): writeString(string, into: &text)
    case .array(let elements): writeArray(elements, depth: depth, into: &text)
    case .object(let object): writeObject(object, depth: depth, into: &text)
    }
  }

  private func writeArray(_ elements: [JSONValue], depth: Int, into text: inout String) {
    let isFlat = layout == .compact || elements.allSatisfy(\.isScalar)
    text += "["
    for (index, element) in elements.enumerated() {
      if index > 0 { text += layout == .pretty && isFlat ? ", " : "," }
      if !isFlat { startLine(depth: depth + 1, into: &text) }
      write(element, depth: depth + 1, into: &text)
    }
    if !isFlat { startLine(depth: depth, into: &text) }
    text += "]"
  }

  private func writeObject(_ object: JSONObject, depth: Int, into text: inout String) {
    text += "{"
    for (index, entry) in object.entries.enumerated() {
      if index > 0 { text += "," }
      if layout == .pretty { startLine(depth: depth + 1, into: &text) }
      writeString(entry.key, into: &text)
      text += layout == .pretty ? ": " : ":"
      write(entry.value, depth: depth + 1, into: &text)
    }
    if layout == .pretty, object.count > 0 { startLine(depth: depth, into: &text) }
    text += "}"
  }

  private func startLine(depth: Int, into text: inout String) {
    text += "\n"
    for _ in 0..<depth { text += "  " }
  }

  private func writeString(_ string: String, into text: inout String) {
    string.writeJSON(into: &text) { escapesForHTML && ($0 == "<" || $0 == ">" || $0 == "&") }
  }
}

extension String {
  /// The text as a JSON string, quotes included.
  ///
  /// Escaped is what JSON requires and everything that a terminal would not simply show.
  package var jsonQuoted: String {
    var text = ""
    writeJSON(into: &text) { _ in false }
    return text
  }

  fileprivate func writeJSON(
    into text: inout String, alsoEscaping mustEscape: (Unicode.Scalar) -> Bool
  ) {
    text += "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.isUnsafeToDisplay || mustEscape(scalar):
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSONValue {
  fileprivate var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}
