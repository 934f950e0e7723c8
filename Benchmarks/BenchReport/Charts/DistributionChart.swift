import CommandLineKit
import Foundation

/// How often each time occurred: a density a row over one axis, its median marked.
struct DistributionChart {
  struct Row {
    let label: String
    let samples: [Double]
    let median: Double
    let style: String
    let text: String
  }

  let rows: [Row]
  let axisTitle: String

  func figure(caption: String) -> Markup {
    let left = min(190, 22 + (rows.map { $0.label.shortened(to: 24).drawnWidth }.max() ?? 0))
    let rowHeight = 58.0
    let body = Double(rows.count) * rowHeight + 8
    var canvas = Canvas(height: body + 52)
    let limit = rows.map { Self.quantile($0.samples, 0.99) }.max() ?? 1
    let shown = rows.map { row in row.samples.filter { $0 <= limit } }
    let scale = Scale(shown.flatMap { $0 }, from: left, to: canvas.width - 20)
    for tick in scale.ticks {
      let x = scale.position(tick.value)
      canvas.line((x, 4), (x, body + 4), "grid")
      canvas.text(tick.text, x: x, y: body + 20, anchor: .middle, "muted")
    }
    canvas.text(
      axisTitle, x: (left + canvas.width - 20) / 2, y: body + 42, anchor: .middle, "muted")
    for (index, row) in rows.enumerated() {
      let base = Double(index + 1) * rowHeight
      canvas.text(
        row.label.shortened(to: 24), x: left - 10, y: base - 6, anchor: .end, "strong",
        title: row.label)
      let curve = Self.density(shown[index], over: scale)
      let peak = curve.map(\.density).max() ?? 0
      if peak > 0 {
        let outline = curve.map { ($0.x, base - 36 * $0.density / peak) }
        canvas.path(
          [(left, base)] + outline + [(curve.last?.x ?? left, base)], isClosed: true,
          "a-\(row.style)")
      }
      canvas.line((left, base), (canvas.width - 20, base), "axis")
      let x = scale.position(row.median)
      canvas.line((x, base - 40), (x, base), "mark")
      let beyond = row.samples.count - shown[index].count
      let text = row.text + (beyond > 0 ? " · \(beyond) beyond the axis" : "")
      // To the side on which there is more room.
      let isRight = x < (left + canvas.width) / 2
      canvas.text(
        text, x: isRight ? x + 7 : x - 7, y: base - 42, anchor: isRight ? .start : .end)
    }
    let label = caption + " " + rows.map { "\($0.label): \($0.text)." }.joined(separator: " ")
    return canvas.figure(caption: caption, label: label)
  }

  /// A Gaussian kernel density with Silverman's bandwidth (Density Estimation, 1986, 3.31).
  static func density(_ samples: [Double], over scale: Scale) -> [(x: Double, density: Double)] {
    guard samples.count > 1 else { return [] }
    // The shape of thousands is that of some thousands.
    let stride = max(1, samples.count / 2000)
    let used = Swift.stride(from: 0, to: samples.count, by: stride).map { samples[$0] }
    let mean = used.reduce(0, +) / Double(used.count)
    let variance = used.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(used.count)
    let spread = quantile(used, 0.75) - quantile(used, 0.25)
    let width = scale.upper - scale.lower
    let deviation = spread > 0 ? min(variance.squareRoot(), spread / 1.34) : variance.squareRoot()
    let bandwidth = max(0.9 * deviation * pow(Double(used.count), -0.2), width / 300)
    guard bandwidth.isFinite, bandwidth > 0 else { return [] }
    return (0...240).map { index in
      let value = scale.lower + width * Double(index) / 240
      let density = used.reduce(0.0) { sum, sample in
        let distance = (value - sample) / bandwidth
        return sum + exp(-0.5 * distance * distance)
      }
      return (scale.position(value), density)
    }
  }

  static func quantile(_ samples: [Double], _ share: Double) -> Double {
    guard !samples.isEmpty else { return 0 }
    let place = share * Double(samples.count - 1)
    let sorted = samples.sorted()
    let index = Int(place)
    let next = min(index + 1, sorted.count - 1)
    return sorted[index] + (place - Double(index)) * (sorted[next] - sorted[index])
  }
}
