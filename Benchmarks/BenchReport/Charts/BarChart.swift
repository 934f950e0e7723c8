/// Horizontal bars, each one value or several that add up, labelled where they end.
struct BarChart {
  struct Segment {
    let value: Double
    let style: String
    let name: String
  }

  struct Row {
    var label: String
    var segments: [Segment]
    /// What is written after the bar.
    var text: String
    /// A value of another kind on the same axis, drawn as a line across the bar.
    var marker: Double?

    init(_ label: String, _ segments: [Segment], text: String, marker: Double? = nil) {
      self.label = label
      self.segments = segments
      self.text = text
      self.marker = marker
    }

    /// A row of one value.
    init(_ label: String, value: Double, style: String, text: String) {
      self.init(label, [Segment(value: value, style: style, name: label)], text: text)
    }

    var total: Double { segments.reduce(0) { $0 + max(0, $1.value.isFinite ? $1.value : 0) } }
  }

  /// Rows under a heading; an empty one has none.
  struct Group {
    var title = ""
    var rows: [Row]
  }

  var groups: [Group]
  /// What the axis measures, with its unit.
  let axisTitle: String
  var rowHeight = 26.0
  /// A value that bars are judged by, drawn across them all.
  var reference: Double?
  /// How a value reads inside its segment; nil leaves segments without text.
  var segmentText: ((Double) -> String)?

  var isEmpty: Bool { groups.allSatisfy { $0.rows.isEmpty } }

  func figure(caption: String, key: [(style: String, text: String)] = []) -> Markup {
    let rows = groups.flatMap(\.rows)
    let left = min(250, 14 + (rows.map { $0.label.shortened(to: 34).drawnWidth }.max() ?? 0))
    let right = min(260, 16 + (rows.map(\.text.drawnWidth).max() ?? 0))
    let headings = groups.count { !$0.title.isEmpty }
    let body = Double(rows.count) * rowHeight + Double(headings) * 26
    var canvas = Canvas(height: body + 52)
    let scale = Scale(
      rows.map(\.total) + rows.compactMap(\.marker) + (reference.map { [$0] } ?? []), from: left,
      to: canvas.width - right,
      fromZero: true)
    for tick in scale.ticks {
      let x = scale.position(tick.value)
      canvas.line((x, 4), (x, body + 8), tick.value == 0 ? "axis" : "grid")
      canvas.text(tick.text, x: x, y: body + 24, anchor: .middle, "muted")
    }
    canvas.text(
      axisTitle, x: (left + canvas.width - right) / 2, y: body + 44, anchor: .middle, "muted")
    if let reference {
      let x = scale.position(reference)
      canvas.line((x, 2), (x, body + 8), "reference")
    }
    var y = 6.0
    for group in groups {
      if !group.title.isEmpty {
        canvas.text(group.title, x: 0, y: y + 18, "strong")
        y += 26
      }
      for row in group.rows {
        draw(row, at: y, left: left, scale, &canvas)
        y += rowHeight
      }
    }
    let label = caption + " " + rows.map { "\($0.label): \($0.text)." }.joined(separator: " ")
    return canvas.figure(caption: caption, label: label, key: key)
  }

  private func draw(
    _ row: Row, at y: Double, left: Double, _ scale: Scale, _ canvas: inout Canvas
  ) {
    let height = rowHeight - max(4, rowHeight * 0.28)
    let top = y + (rowHeight - height) / 2
    let baseline = y + rowHeight / 2 + 4
    canvas.text(
      row.label.shortened(to: 34), x: left - 8, y: baseline, anchor: .end, title: row.label)
    var sum = 0.0
    for segment in row.segments where segment.value.isFinite && segment.value > 0 {
      let x = scale.position(sum)
      sum += segment.value
      let width = scale.position(sum) - x
      let text = segmentText?(segment.value) ?? ""
      canvas.rectangle(
        x: x, y: top, width: width, height: height, "segment f-\(segment.style)",
        title: "\(segment.name) \(text)")
      if !text.isEmpty, width > text.drawnWidth + 8 {
        canvas.text(text, x: x + width / 2, y: baseline, anchor: .middle, "inside")
      }
    }
    var end = scale.position(sum)
    if let marker = row.marker, marker.isFinite {
      let x = scale.position(marker)
      if x > end { canvas.line((end, y + rowHeight / 2), (x, y + rowHeight / 2), "leader") }
      canvas.line((x, top - 2), (x, top + height + 2), "mark")
      end = max(end, x)
    }
    canvas.text(row.text, x: end + 7, y: baseline)
  }
}
