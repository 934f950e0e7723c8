import CommandLineKit

/// Lines over two axes, named where they end.
struct LineChart {
  struct Series {
    let name: String
    let style: String
    let points: [(x: Double, y: Double)]
  }

  let series: [Series]
  let xTitle: String
  let yTitle: String
  var isXLogarithmic = false
  var isYLogarithmic = false
  var yFromZero = false
  /// Values that the horizontal axis names; nil for round ones.
  var xTicks: [Double]?

  func figure(caption: String) -> Markup {
    var canvas = Canvas(height: 320)
    let (left, right, top, bottom) = (78.0, 160.0, 12.0, 270.0)
    let xScale = Scale(
      series.flatMap { $0.points.map(\.x) }, from: left, to: canvas.width - right,
      isLogarithmic: isXLogarithmic)
    let yScale = Scale(
      series.flatMap { $0.points.map(\.y) }, from: bottom, to: top, fromZero: yFromZero,
      isLogarithmic: isYLogarithmic)
    for tick in yScale.ticks {
      let y = yScale.position(tick.value)
      canvas.line((left, y), (canvas.width - right, y), "grid")
      canvas.text(tick.text, x: left - 8, y: y + 4, anchor: .end, "muted")
    }
    let ticks = xTicks?.map { ($0, TextFormat.fixed($0, digits: 0)) } ?? xScale.ticks
    for tick in ticks.map({ (value: $0.0, text: $0.1) }) {
      let x = xScale.position(tick.value)
      canvas.line((x, bottom), (x, bottom + 5), "axis")
      canvas.text(tick.text, x: x, y: bottom + 20, anchor: .middle, "muted")
    }
    canvas.line((left, bottom), (canvas.width - right, bottom), "axis")
    canvas.text(
      xTitle, x: (left + canvas.width - right) / 2, y: bottom + 42, anchor: .middle, "muted")
    canvas.verticalText(yTitle, x: 14, y: (top + bottom) / 2)
    var ends: [(name: String, style: String, y: Double)] = []
    for line in series {
      let usable = line.points.filter { !isYLogarithmic || $0.y > 0 }
      let places = usable.map { (x: xScale.position($0.x), y: yScale.position($0.y)) }
      canvas.path(places, "l-\(line.style)")
      for (place, point) in zip(places, usable) {
        canvas.circle(place, radius: 3.5, "f-\(line.style)", title: "\(point.x): \(point.y)")
      }
      if let last = places.last { ends.append((line.name, line.style, last.y)) }
    }
    var lowest = -Double.infinity
    for end in ends.sorted(by: { $0.y < $1.y }) {
      let y = max(end.y, lowest + 16)
      lowest = y
      canvas.text(
        end.name.shortened(to: 22), x: canvas.width - right + 10, y: y + 4, "f-\(end.style) strong",
        title: end.name)
    }
    return canvas.figure(
      caption: caption, label: caption + " Lines: " + series.map(\.name).joined(separator: ", "))
  }
}
