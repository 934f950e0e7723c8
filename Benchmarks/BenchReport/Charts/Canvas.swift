import CommandLineKit

/// A drawing in pixels, y downwards, that becomes one SVG element.
struct Canvas {
  enum Anchor: String {
    case start, middle, end
  }

  let width: Double
  let height: Double
  private var marks: [Markup] = []

  init(width: Double = 760, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func line(
    _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String
  ) {
    marks.append(
      Markup(
        "line",
        [
          "x1": Self.number(from.x), "y1": Self.number(from.y), "x2": Self.number(to.x),
          "y2": Self.number(to.y), "class": style,
        ]))
  }

  /// A rectangle; the title is what a pointer that rests on it shows.
  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, _ style: String, title: String = ""
  ) {
    marks.append(
      Markup(
        "rect",
        [
          "x": Self.number(x), "y": Self.number(y), "width": Self.number(max(0, width)),
          "height": Self.number(max(0, height)), "class": style,
        ], Self.title(title)))
  }

  mutating func circle(
    _ center: (x: Double, y: Double), radius: Double, _ style: String, title: String = ""
  ) {
    marks.append(
      Markup(
        "circle",
        [
          "cx": Self.number(center.x), "cy": Self.number(center.y), "r": Self.number(radius),
          "class": style,
        ], Self.title(title)))
  }

  mutating func path(
    _ points: [(x: Double, y: Double)], isClosed: Bool = false, _ style: String
  ) {
    guard !points.isEmpty else { return }
    let words = points.map { "\(Self.number($0.x)) \(Self.number($0.y))" }
    marks.append(
      Markup(
        "path",
        ["d": "M" + words.joined(separator: "L") + (isClosed ? "Z" : ""), "class": style]))
  }

  mutating func text(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, _ style: String = "label",
    title: String = ""
  ) {
    marks.append(
      Markup(
        "text",
        [
          "x": Self.number(x), "y": Self.number(y), "text-anchor": anchor.rawValue,
          "class": style,
        ], [.text(text)] + Self.title(title)))
  }

  /// The title of a vertical axis, read from below.
  mutating func verticalText(_ text: String, x: Double, y: Double) {
    marks.append(
      Markup(
        "text",
        [
          "transform": "translate(\(Self.number(x)) \(Self.number(y))) rotate(-90)",
          "text-anchor": "middle", "class": "muted",
        ], text))
  }

  /// The drawing under its caption; the label says what it shows to those who cannot see it.
  func figure(caption: String, label: String, key: [(style: String, text: String)] = [])
    -> Markup
  {
    var parts = [Markup("figcaption", [:], caption)]
    if !key.isEmpty {
      parts.append(
        Markup(
          "ul", ["class": "key"],
          key.map {
            Markup("li", [:], [Markup("i", ["class": "k-\($0.style)"], ""), .text($0.text)])
          }))
    }
    parts.append(
      Markup(
        "svg",
        [
          "xmlns": "http://www.w3.org/2000/svg",
          "viewBox": "0 0 \(Self.number(width)) \(Self.number(height))", "role": "img",
          "aria-label": label,
        ], marks))
    return Markup("figure", [:], parts)
  }

  private static func title(_ text: String) -> [Markup] {
    text.isEmpty ? [] : [Markup("title", [:], text)]
  }

  /// A coordinate; one that is not finite or absurd stays on the sheet's edge.
  private static func number(_ value: Double) -> String {
    let bounded = value.isFinite ? min(max(value, -1e4), 1e5) : 0
    let text = TextFormat.fixed(bounded, digits: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension String {
  /// About how wide the text is in the charts' letters.
  var drawnWidth: Double { Double(count) * 6.9 }

  /// The text with its middle left out where it has more characters.
  func shortened(to limit: Int) -> String {
    guard count > limit, limit > 4 else { return self }
    return prefix(limit / 2) + "…" + suffix(limit - limit / 2 - 1)
  }
}
