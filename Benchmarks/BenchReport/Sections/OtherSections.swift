import CommandLineKit

/// Results of other experiments: layers against their products, and tables as they are.
enum OtherSections {
  static func kernels(_ results: [ResultDocument]) throws(ReportError) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .kernels(let root) = result.content else { continue }
      var bars: [BarChart.Row] = []
      for row in try root.entries("rows") {
        let (ratio, algorithm) = (try row.number("ratio"), try row.text("algorithm"))
        bars.append(
          BarChart.Row(
            try row.text("layer"), value: ratio, style: Figures.style(algorithm: algorithm),
            text: "\(Figures.ratio(ratio)), \(algorithm)"))
      }
      content.append(
        Markup(
          "h3", [:],
          "\(try root.text("model")), batch \(try root.integer("batch")), "
            + "\(try root.integer("threads")) threads"))
      content.append(
        BarChart(
          groups: [BarChart.Group(rows: bars)], axisTitle: "time / time of the bare sgemm",
          rowHeight: 20, reference: 1
        ).figure(caption: "Every layer against the sgemm call of its size; below 1 it is faster."))
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "kernels", title: "Layers against sgemm", content: content)
  }

  static func tables(_ results: [ResultDocument]) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .tables(let sections) = result.content, result.experiment != "system" else {
        continue
      }
      for section in sections {
        content.append(Markup("h3", [:], "\(result.label): \(section.title)"))
        if let verdict = section.verdict { content.append(PageSection.verdict(verdict)) }
        content.append(section.table.markup)
        content += (section.reasons + section.notes).map(PageSection.note)
      }
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "more", title: "More results", content: content)
  }
}
