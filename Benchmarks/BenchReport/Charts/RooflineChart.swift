import CommandLineKit

/// Layers by operations a byte and operations a second, under the roof of the machine.
struct RooflineChart {
  struct Point {
    let name: String
    let intensity: Double
    let gigaflops: Double
    /// Part of the whole time: the area of the mark.
    let share: Double
    let style: String
  }

  let points: [Point]
  let peakGigaflops: Double
  let gigabytesPerSecond: Double

  func figure(caption: String, key: [(style: String, text: String)]) -> Markup {
    var canvas = Canvas(height: 400)
    let (left, right, top, bottom) = (70.0, 24.0, 14.0, 344.0)
    let ridge = peakGigaflops / gigabytesPerSecond
    let xScale = Scale(
      points.flatMap { [$0.intensity / 1.6, $0.intensity * 1.6] } + [ridge / 4, ridge * 4],
      from: left, to: canvas.width - right, isLogarithmic: true)
    let yScale = Scale(
      points.flatMap { [$0.gigaflops / 1.5, $0.gigaflops * 1.5] } + [peakGigaflops * 1.5],
      from: bottom, to: top, isLogarithmic: true)
    for tick in yScale.ticks {
      let y = yScale.position(tick.value)
      canvas.line((left, y), (canvas.width - right, y), "grid")
      canvas.text(tick.text, x: left - 8, y: y + 4, anchor: .end, "muted")
    }
    for tick in xScale.ticks {
      let x = xScale.position(tick.value)
      canvas.line((x, top), (x, bottom), "grid")
      canvas.text(tick.text, x: x, y: bottom + 18, anchor: .middle, "muted")
    }
    canvas.text(
      "operations a byte, FLOP/byte", x: (left + canvas.width - right) / 2, y: bottom + 42,
      anchor: .middle, "muted")
    canvas.verticalText("effective GFLOP/s", x: 14, y: (top + bottom) / 2)
    drawSlope(ridge, xScale, yScale, &canvas)
    // Large marks first, so that small ones are drawn over them.
    let sorted = points.sorted { $0.share > $1.share }
    var labels: [(name: String, x: Double, y: Double, isRight: Bool)] = []
    for (rank, point) in sorted.enumerated() {
      let place = (x: xScale.position(point.intensity), y: yScale.position(point.gigaflops))
      let radius = 4 + 26 * min(1, max(0, point.share)).squareRoot()
      canvas.circle(
        place, radius: radius, "p-\(point.style)",
        title: "\(point.name): \(TextFormat.fixed(point.gigaflops, digits: 0)) GFLOP/s, "
          + "\(TextFormat.fixed(point.share * 100, digits: 1)) % of the time")
      guard rank < 10 else { continue }
      let isRight = place.x < canvas.width - 150
      let x = place.x + (isRight ? radius + 4 : -radius - 4)
      let isTaken = labels.contains { abs($0.x - x) < 120 && abs($0.y - place.y - 4) < 15 }
      if !isTaken { labels.append((point.name, x, place.y + 4, isRight)) }
    }
    for label in labels {
      canvas.text(
        label.name.shortened(to: 20), x: label.x, y: label.y,
        anchor: label.isRight ? .start : .end)
    }
    nameRoof(ridge, xScale, yScale, &canvas)
    return canvas.figure(
      caption: caption,
      label: caption + " " + sorted.prefix(8).map(\.name).joined(separator: ", "), key: key)
  }

  /// Where the roof enters the frame: the intensity at which it gives the lowest speed shown.
  private func entry(_ xScale: Scale, _ yScale: Scale) -> Double {
    max(xScale.lower, yScale.lower / gigabytesPerSecond)
  }

  private func drawSlope(
    _ ridge: Double, _ xScale: Scale, _ yScale: Scale, _ canvas: inout Canvas
  ) {
    let first = entry(xScale, yScale)
    var roof = [(ridge, peakGigaflops), (xScale.upper, peakGigaflops)]
    if first < ridge { roof.insert((first, first * gigabytesPerSecond), at: 0) }
    canvas.path(roof.map { (xScale.position($0.0), yScale.position($0.1)) }, "roof")
  }

  private func nameRoof(
    _ ridge: Double, _ xScale: Scale, _ yScale: Scale, _ canvas: inout Canvas
  ) {
    canvas.text(
      "peak \(TextFormat.fixed(peakGigaflops, digits: 0)) GFLOP/s", x: xScale.position(ridge) - 8,
      y: yScale.position(peakGigaflops) - 8, anchor: .end, "strong")
    let middle = (entry(xScale, yScale) * ridge).squareRoot()
    canvas.text(
      "\(TextFormat.fixed(gigabytesPerSecond, digits: 1)) GB/s", x: xScale.position(middle) - 10,
      y: yScale.position(middle * gigabytesPerSecond) - 6, anchor: .end, "strong")
  }
}
