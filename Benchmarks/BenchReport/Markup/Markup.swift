/// A piece of HTML or SVG.
///
/// Text and attributes are escaped where they are written, so that nothing in a result can become
/// markup; what is written is well-formed XML too.
package indirect enum Markup: Sendable {
  /// Characters.
  case text(String)
  /// An element with its attributes and what it holds.
  case element(String, [(name: String, value: String)], [Markup])
  /// Pieces one after the other.
  case group([Markup])
  /// A style sheet of this module's own, written as it is.
  case stylesheet(String)

  /// - Parameters:
  ///   - name: Its name.
  ///   - attributes: Names and values.
  ///   - children: What it holds.
  package init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [Markup] = []
  ) {
    self = .element(name, attributes.map { (name: $0.key, value: $0.value) }, children)
  }

  /// An element that holds a text.
  package init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ text: String) {
    self.init(name, attributes, [.text(text)])
  }

  /// The text of the markup.
  package var rendered: String {
    var text = ""
    write(into: &text)
    return text
  }

  private func write(into text: inout String) {
    switch self {
    case .text(let characters): text += Self.escaped(characters)
    case .stylesheet(let rules): text += "<style>\n\(rules)</style>"
    case .group(let children):
      for child in children { child.write(into: &text) }
    case .element(let name, let attributes, let children):
      text += "<\(name)"
      for attribute in attributes {
        text += " \(attribute.name)=\"\(Self.escaped(attribute.value))\""
      }
      if children.isEmpty, Self.mayBeEmpty.contains(name) {
        text += "/>"
        return
      }
      text += ">"
      for child in children { child.write(into: &text) }
      text += Self.endsLine.contains(name) ? "</\(name)>\n" : "</\(name)>"
    }
  }

  /// Elements that HTML lets have no end tag, and SVG's shapes.
  private static let mayBeEmpty: Set = [
    "meta", "br", "col", "line", "rect", "circle", "path", "polyline",
  ]
  private static let endsLine: Set = [
    "p", "tr", "table", "section", "figure", "h1", "h2", "h3", "li", "ul", "ol", "header", "svg",
    "div", "title", "head", "g", "text", "nav", "details", "summary", "thead", "tbody",
  ]

  /// A text with the five characters of markup as entities; what XML cannot hold is replaced.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value),
        "\u{FFFE}", "\u{FFFF}":
        result += "\u{FFFD}"
      // Characters that turn the direction of what follows.
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
