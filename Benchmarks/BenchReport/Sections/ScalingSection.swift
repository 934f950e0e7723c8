import CommandLineKit

/// What more threads, larger batches and more streams bring.
enum ScalingSection {
  static func section(_ results: [ResultDocument]) throws(ReportError) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .scaling(let sections) = result.content else { continue }
      if result.needsLabel(among: results) { content.append(Markup("h3", [:], result.label)) }
      var groups: [BarChart.Group] = []
      for section in sections where !section.rows.isEmpty {
        var rows: [BarChart.Row] = []
        for row in section.rows {
          let (threads, streams) = (try row.integer("threads"), try row.integer("streams"))
          let rate = try row.number("images_per_second")
          let speedup = try row.number("speedup")
          let efficiency = try row.number("efficiency")
          rows.append(
            BarChart.Row(
              streams == 1
                ? "\(threads) thread\(threads == 1 ? "" : "s")"
                : "\(streams) streams of \(threads)", value: rate,
              style: streams == 1 ? "1" : "3",
              text: "\(TextFormat.fixed(rate, digits: 1)), speed-up "
                + "\(Figures.ratio(speedup)), \(Figures.percent(efficiency, digits: 0)) %"))
        }
        groups.append(BarChart.Group(title: section.title, rows: rows))
      }
      guard !groups.isEmpty else { continue }
      content.append(
        BarChart(groups: groups, axisTitle: "images/s").figure(
          caption: "Throughput. Speed-up is against the fewest threads, the percentage is the "
            + "speed-up by the threads that it takes.",
          key: [("1", "threads of one stream"), ("3", "several streams at once")]))
      for section in sections {
        content.append(section.table.folded("All figures of \(section.title)"))
        content += section.notes.map(PageSection.note)
      }
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "scaling", title: "Scaling", content: content)
  }
}
