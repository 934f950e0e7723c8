/// The hardware claims of re-parameterization, each with its verdict, a chart and its figures.
enum ClaimsSection {
  static func section(_ results: [ResultDocument]) throws(ReportError) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .claims(let claims) = result.content else { continue }
      if result.needsLabel(among: results) { content.append(Markup("h3", [:], result.label)) }
      for claim in claims {
        content.append(Markup("h3", [:], claim.title))
        if let verdict = claim.verdict { content.append(PageSection.verdict(verdict)) }
        content += try figures(claim)
        content.append(claim.table.folded("All figures of this claim"))
        content += claim.notes.map(PageSection.note)
      }
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "claims", title: "Claims, tested", content: content)
  }

  private static func figures(_ claim: TableSection) throws(ReportError) -> [Markup] {
    guard !claim.rows.isEmpty else { return [] }
    switch claim.name {
    case "parallelism": return [try fragments(claim)]
    case "branches":
      return [
        try bars(
          claim, group: "form", label: "branches", value: "relative_time", scale: 1,
          axis: "time, as a multiple of that without branches",
          caption: "Time by the branches that a block has beside its 3x3.",
          style: { Figures.style(form: $0.optionalText("form") ?? "") },
          text: { Figures.ratio($0) + " ×" })
      ]
    case "memory": return try memory(claim)
    case "operator":
      return [
        try bars(
          claim, group: "implementation", label: "kernel", value: "gflops", scale: 1,
          axis: "effective GFLOP/s", caption: "Speed by the size of the kernel.",
          style: { ($0.optionalText("implementation") ?? "").hasPrefix("engine") ? "1" : "3" },
          text: { Figures.ratio($0.rounded()).split(separator: ".").first.map(String.init) ?? "" })
      ]
    default: return []
    }
  }

  private static func fragments(_ claim: TableSection) throws(ReportError) -> Markup {
    var lines: [(name: String, points: [(x: Double, y: Double)])] = []
    for row in claim.rows {
      let name = try row.text("layer")
      let point = (x: try row.positive("fragments"), y: try row.positive("relative_time"))
      if let index = lines.firstIndex(where: { $0.name == name }) {
        lines[index].points.append(point)
      } else {
        lines.append((name, [point]))
      }
    }
    return LineChart(
      series: lines.enumerated().map { index, line in
        LineChart.Series(
          name: line.name, style: Figures.style(index: index), points: line.points)
      }, xTitle: "fragments", yTitle: "time / one convolution", isXLogarithmic: true,
      yFromZero: true, xTicks: Array(Set(lines.flatMap { $0.points.map(\.x) }).sorted().prefix(12))
    ).figure(caption: "The same multiplications in one convolution or in fragments, by layer.")
  }

  private static func memory(_ claim: TableSection) throws(ReportError) -> [Markup] {
    var groups: [[BarChart.Group]] = [[], []]
    for (place, field) in ["activation_peak_bytes", "peak_rss_bytes"].enumerated() {
      for row in claim.rows {
        let (batch, size) = (try row.integer("batch"), try row.integer("size"))
        let title = "batch \(batch), \(size)x\(size)"
        let form = try row.text("form")
        let bytes = try row.number(field)
        let bar = BarChart.Row(
          form, value: bytes / 1_048_576, style: Figures.style(form: form),
          text: Figures.mebibytes(bytes) + " MiB")
        if let index = groups[place].firstIndex(where: { $0.title == title }) {
          groups[place][index].rows.append(bar)
        } else {
          groups[place].append(BarChart.Group(title: title, rows: [bar]))
        }
      }
    }
    return [
      BarChart(groups: groups[0], axisTitle: "live activations, MiB", rowHeight: 22)
        .figure(caption: "Activations that are alive at the same time, exact."),
      BarChart(groups: groups[1], axisTitle: "peak RSS, MiB", rowHeight: 22)
        .figure(caption: "Peak resident memory of a process with one form."),
    ]
  }

  /// Bars of one field, under headings of another.
  private static func bars(
    _ claim: TableSection, group: String, label: String, value: String, scale: Double,
    axis: String, caption: String, style: (Entry) -> String, text: (Double) -> String
  ) throws(ReportError) -> Markup {
    var groups: [BarChart.Group] = []
    for row in claim.rows {
      let title = try row.text(group)
      let number = try row.number(value) * scale
      let bar = BarChart.Row(
        try row.text(label), value: number, style: style(row), text: text(number))
      if groups.last?.title == title {
        groups[groups.count - 1].rows.append(bar)
      } else {
        groups.append(BarChart.Group(title: title, rows: [bar]))
      }
    }
    return BarChart(groups: groups, axisTitle: axis, rowHeight: 22).figure(caption: caption)
  }
}
