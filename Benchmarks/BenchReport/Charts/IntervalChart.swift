/// Values with their intervals, one below the other, with a reference value.
struct IntervalChart {
  struct Row {
    let label: String
    let value: Double
    let lower: Double
    let upper: Double
    let style: String
    let text: String
  }

  var rows: [Row]
  let axisTitle: String
  var reference = 1.0

  func figure(caption: String, key: [(style: String, text: String)] = []) -> Markup {
    let left = min(330, 14 + (rows.map { $0.label.shortened(to: 46).drawnWidth }.max() ?? 0))
    let right = min(200, 16 + (rows.map(\.text.drawnWidth).max() ?? 0))
    let body = Double(rows.count) * 24
    var canvas = Canvas(height: body + 54)
    let scale = Scale(
      rows.flatMap { [$0.lower, $0.upper, $0.value] } + [reference], from: left,
      to: canvas.width - right)
    for tick in scale.ticks {
      let x = scale.position(tick.value)
      canvas.line((x, 4), (x, body + 8), "grid")
      canvas.text(tick.text, x: x, y: body + 24, anchor: .middle, "muted")
    }
    let x = scale.position(reference)
    canvas.line((x, 2), (x, body + 8), "reference")
    canvas.text(
      axisTitle, x: (left + canvas.width - right) / 2, y: body + 46, anchor: .middle, "muted")
    for (index, row) in rows.enumerated() {
      let y = 18 + Double(index) * 24
      canvas.text(
        row.label.shortened(to: 46), x: left - 10, y: y + 4, anchor: .end, title: row.label)
      canvas.line(
        (scale.position(row.lower), y), (scale.position(row.upper), y), "l-\(row.style)")
      canvas.circle((scale.position(row.value), y), radius: 5, "f-\(row.style)", title: row.text)
      canvas.text(
        row.text, x: max(scale.position(row.upper), scale.position(row.value)) + 10, y: y + 4)
    }
    let label = caption + " " + rows.map { "\($0.label): \($0.text)." }.joined(separator: " ")
    return canvas.figure(caption: caption, label: label, key: key)
  }
}
