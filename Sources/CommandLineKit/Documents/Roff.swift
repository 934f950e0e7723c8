/// Builds roff text; whatever it is given is printed as it is, never obeyed.
struct Roff {
  private(set) var output = ""

  /// A macro call with its arguments in quotes.
  mutating func macro(_ name: String, _ arguments: String...) {
    let quoted = arguments.map { " \"\(Self.escaped($0).replacing("\"", with: "\\(dq"))\"" }
    output += ".\(name)\(quoted.joined())\n"
  }

  /// A section heading.
  mutating func section(_ title: String) {
    macro("SH", title)
  }

  /// A line of text.
  mutating func text(_ text: String) {
    output += Self.line(text)
  }

  /// A paragraph of its own.
  mutating func paragraph(_ text: String) {
    macro("PP")
    output += Self.line(text)
  }

  /// A line in bold.
  mutating func bold(_ text: String) {
    output += "\\fB" + Self.escaped(text) + "\\fR\n"
  }

  /// A term with an indented text under it.
  mutating func tagged(_ tag: String, _ text: String) {
    macro("TP")
    bold(tag)
    output += text.isEmpty ? "\\&\n" : Self.line(text)
  }

  private static func line(_ text: String) -> String {
    // Requests begin with a dot or an apostrophe at the start of a line.
    let text = escaped(text)
    return (text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : "") + text + "\n"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case _ where character.isNewline: result += " "
      default: result.append(character)
      }
    }
    return result
  }
}
