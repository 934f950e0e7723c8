import CommandLineKit

/// Numbers and colours as all sections have them.
enum Figures {
  static func milliseconds(_ value: Double) -> String {
    TextFormat.fixed(value, digits: value < 1 ? 3 : value < 100 ? 2 : 1)
  }

  static func mebibytes(_ bytes: Double) -> String {
    TextFormat.fixed(bytes / 1_048_576, digits: 1)
  }

  static func ratio(_ value: Double) -> String { TextFormat.fixed(value, digits: 2) }

  static func percent(_ share: Double, digits: Int = 1) -> String {
    TextFormat.fixed(share * 100, digits: digits)
  }

  /// A change such as `−58 %`.
  static func change(_ ratio: Double) -> String {
    let percent = 100 * (ratio - 1)
    let text = TextFormat.fixed(abs(percent), digits: 0)
    return text == "0" ? "±0 %" : (percent < 0 ? "−" : "+") + text + " %"
  }

  /// The colour of a form, the same in every chart.
  static func style(form: String) -> String {
    ["branched", "folded", "plain"].contains(form) ? form : "4"
  }

  /// Families of algorithms in the order of their colours.
  static let algorithms: [(style: String, text: String)] = [
    ("1", "Winograd"), ("2", "direct"), ("3", "im2col and sgemm"), ("6", "other steps"),
  ]

  static func style(algorithm: String) -> String {
    algorithm.hasPrefix("winograd")
      ? "1" : algorithm.hasPrefix("direct") ? "2" : algorithm.hasPrefix("im2col") ? "3" : "6"
  }

  /// The colours of lines and of results, in turn.
  static func style(index: Int) -> String { "\(index % 6 + 1)" }

  /// Entries of a key for the colours that are used.
  static func algorithmKey(_ styles: [String]) -> [(style: String, text: String)] {
    algorithms.filter { styles.contains($0.style) }
  }
}

/// A part of the page under a heading that the table of contents names.
struct PageSection {
  let anchor: String
  let title: String
  var content: [Markup]

  var markup: Markup {
    Markup("section", ["id": anchor], [Markup("h2", [:], title)] + content)
  }

  /// A sentence that the figures support.
  static func verdict(_ text: String, style: String = "") -> Markup {
    Markup("div", ["class": "verdict \(style)"], [Markup("p", [:], text)])
  }

  static func note(_ text: String) -> Markup { Markup("p", ["class": "note"], text) }
}
