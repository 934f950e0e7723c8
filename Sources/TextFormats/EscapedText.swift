extension String {
  /// The text fit for one line of a message: nothing in it can move the cursor or forge a line.
  ///
  /// Control characters (C0, DEL, C1), line and paragraph separators and bidirectional overrides
  /// become `\n`, `\t`, `\x1b` or `\u{202e}`; backslashes are doubled only where something else was
  /// escaped, so ordinary names stay as they are. Meant for file names and other foreign text.
  package var escapedForDisplay: String {
    guard unicodeScalars.contains(where: \.isUnsafeToDisplay) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case "\\": text += "\\\\"
      case _ where scalar.isUnsafeToDisplay && scalar.value < 0x100:
        let digits = String(scalar.value, radix: 16)
        text += "\\x" + (digits.count < 2 ? "0" : "") + digits
      case _ where scalar.isUnsafeToDisplay:
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The text escaped for display, shortened in the middle to about `limit` scalars, in quotes.
  ///
  /// - Parameter limit: The number of Unicode scalars above which the middle is left out.
  /// - Returns: The text in single quotes.
  package func quotedForDisplay(limit: Int = 160) -> String {
    // Scalars: one character can be as long as its writer likes.
    guard utf8.count > limit, unicodeScalars.count > limit else { return "'\(escapedForDisplay)'" }
    let half = limit / 2
    let start = String(unicodeScalars.prefix(half)).escapedForDisplay
    let end = String(unicodeScalars.suffix(half)).escapedForDisplay
    return "'\(start)[...]\(end)'"
  }
}

extension Unicode.Scalar {
  /// Whether a terminal would do anything else with it than show it.
  var isUnsafeToDisplay: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x2028, 0x2029: true
    case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x061C: true
    default: false
    }
  }
}
