import CommandLineKit

/// Several runs of the same scenarios next to each other.
enum SideBySideSection {
  private struct Place: Hashable {
    let key: RunResult.Key
    let form: String
  }

  static func section(_ results: [ResultDocument]) -> PageSection? {
    let runs = results.compactMap { result -> (label: String, run: RunResult)? in
      guard case .run(let run) = result.content else { return nil }
      return (result.label, run)
    }
    guard runs.count > 1 else { return nil }
    var places: [Place] = []
    for run in runs {
      for scenario in run.run.scenarios {
        let place = Place(key: scenario.key, form: scenario.form)
        if !places.contains(place) { places.append(place) }
      }
    }
    var table = DataTable(
      [.text("combination"), .text("form")]
        + runs.flatMap { [.number("\($0.label), ms"), .number("against the first")] })
    var groups: [BarChart.Group] = []
    for place in places {
      let medians = runs.map { run in
        run.run.scenarios.first { $0.key == place.key && $0.form == place.form }?.median
      }
      let base = medians.compactMap { $0 }.first
      var cells = [place.key.text, place.form]
      var rows: [BarChart.Row] = []
      for (index, median) in medians.enumerated() {
        let ratio = median.flatMap { median in base.map { $0 / median } }
        cells += [
          median.map(Figures.milliseconds) ?? "–", ratio.map { Figures.ratio($0) + " ×" } ?? "–",
        ]
        guard let median, let ratio else { continue }
        rows.append(
          BarChart.Row(
            runs[index].label, value: median, style: Figures.style(index: index),
            text: Figures.milliseconds(median) + " ms"
              + (rows.isEmpty ? "" : ", \(Figures.ratio(ratio)) × as fast")))
      }
      table.rows.append(cells)
      if rows.count > 1 {
        groups.append(BarChart.Group(title: "\(place.key.text), \(place.form)", rows: rows))
      }
    }
    var content: [Markup] = []
    if !groups.isEmpty {
      content.append(
        BarChart(groups: groups, axisTitle: "median time, ms", rowHeight: 22).figure(
          caption: "Median times of the same scenarios; ratios are against the first result."))
    }
    content.append(table.markup)
    content.append(
      PageSection.note(
        "Results of different runs did not take turns. 'repvgg-bench compare' judges whether a "
          + "difference is more than noise."))
    return PageSection(anchor: "results", title: "Results side by side", content: content)
  }
}
