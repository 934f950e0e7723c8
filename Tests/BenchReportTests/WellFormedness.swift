/// A strict check that a text is well-formed XML, as far as this module writes any: elements,
/// attributes, the five entities and numeric references, no comments or processing instructions.
///
/// Foundation's parser mends what it finds, so that it cannot tell.
struct WellFormedness {
  private var rest: Substring
  private var open: [String] = []

  /// What is wrong with a text; nil where nothing is.
  static func fault(_ text: String) -> String? {
    let start = text.hasPrefix("<!DOCTYPE html>") ? text.dropFirst(15) : text[...]
    var check = WellFormedness(rest: start)
    do {
      try check.run()
      return nil
    } catch { return "\(error.reason) before: \(check.rest.prefix(60))" }
  }

  private struct Fault: Error { let reason: String }

  private mutating func run() throws(Fault) {
    var elements = 0
    while !rest.isEmpty {
      let text = rest.prefix { $0 != "<" }
      // The style sheet is raw text to HTML and has none of these characters.
      try check(text, allowsQuotes: true)
      if open.isEmpty, !text.allSatisfy(\.isWhitespace) { throw Fault(reason: "text outside") }
      rest = rest[text.endIndex...]
      guard !rest.isEmpty else { break }
      if rest.hasPrefix("</") {
        try endTag()
      } else {
        if open.isEmpty { elements += 1 }
        try startTag()
      }
    }
    guard open.isEmpty else { throw Fault(reason: "'\(open.last ?? "")' is not closed") }
    guard elements == 1 else { throw Fault(reason: "\(elements) roots") }
  }

  private mutating func endTag() throws(Fault) {
    rest = rest.dropFirst(2)
    let name = String(rest.prefix { $0 != ">" })
    guard open.popLast() == name else { throw Fault(reason: "'\(name)' ends another element") }
    rest = rest.dropFirst(name.count + 1)
  }

  private mutating func startTag() throws(Fault) {
    rest = rest.dropFirst()
    let name = rest.prefix { $0.isLetter || $0.isNumber }
    guard name.first?.isLetter == true else { throw Fault(reason: "no name") }
    rest = rest[name.endIndex...]
    var seen: Set<Substring> = []
    while rest.first == " " {
      rest = rest.dropFirst()
      let key = rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == ":" }
      rest = rest[key.endIndex...]
      guard !key.isEmpty, seen.insert(key).inserted, rest.hasPrefix("=\"") else {
        throw Fault(reason: "attribute '\(key)'")
      }
      rest = rest.dropFirst(2)
      let value = rest.prefix { $0 != "\"" }
      guard !value.contains("<") else { throw Fault(reason: "< in '\(key)'") }
      try check(value, allowsQuotes: false)
      rest = rest[value.endIndex...].dropFirst()
    }
    if rest.hasPrefix("/>") {
      rest = rest.dropFirst(2)
    } else if rest.first == ">" {
      open.append(String(name))
      rest = rest.dropFirst()
    } else {
      throw Fault(reason: "tag '\(name)'")
    }
  }

  private func check(_ text: Substring, allowsQuotes: Bool) throws(Fault) {
    guard allowsQuotes || !text.contains("\"") else { throw Fault(reason: "quote") }
    guard
      text.unicodeScalars.allSatisfy({ scalar in
        scalar == "\n" || scalar == "\t" || scalar.value >= 0x20 && scalar.value < 0xFFFE
          || scalar.value > 0xFFFF
      })
    else { throw Fault(reason: "control character") }
    for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
      let name = part.prefix { $0 != ";" }
      guard name.count < part.count, ["amp", "lt", "gt", "quot", "#39"].contains(String(name))
      else { throw Fault(reason: "entity '\(name.prefix(20))'") }
    }
  }
}
