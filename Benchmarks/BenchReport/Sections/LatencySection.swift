import CommandLineKit

/// How long runs take and how much that varies.
enum LatencySection {
  static func section(_ results: [ResultDocument]) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .run(let run) = result.content, !run.scenarios.isEmpty else { continue }
      if result.needsLabel(among: results) { content.append(Markup("h3", [:], result.label)) }
      for key in run.keys { content.append(figure(run.scenarios(key), key)) }
      content.append(table(run).markup)
      content.append(
        PageSection.note(
          "Spread is the median absolute deviation over the median. The first result counts "
            + "loading, merging, planning and the first run. Allocations are those of one run."))
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "latency", title: "Latency", content: content)
  }

  private static func figure(_ scenarios: [RunResult.Scenario], _ key: RunResult.Key) -> Markup {
    DistributionChart(
      rows: scenarios.map { scenario in
        DistributionChart.Row(
          label: scenario.form, samples: scenario.samples, median: scenario.median,
          style: Figures.style(form: scenario.form),
          text: "median \(Figures.milliseconds(scenario.median)) ms, 95 % within "
            + "\(Figures.milliseconds(scenario.p95)) ms, \(scenario.samples.count) samples")
      }, axisTitle: key.streams > 1 ? "time of a turn of all streams, ms" : "time of one run, ms"
    ).figure(caption: "\(key.text): how often each time occurred; the line is the median.")
  }

  private static func table(_ run: RunResult) -> DataTable {
    // One combination is named above already.
    let isOne = run.keys.count == 1
    var table = DataTable(
      (isOne ? [] : [.text("combination")]) + [.text("form")]
        + [
          "median, ms", "p95, ms", "p99, ms", "spread, %", "images/s", "GFLOP/s",
          "first result, ms", "allocations",
        ].map(DataTable.Column.number))
    for scenario in run.scenarios {
      table.rows.append(
        (isOne ? [] : [scenario.key.text]) + [
          scenario.form, Figures.milliseconds(scenario.median),
          Figures.milliseconds(scenario.p95), Figures.milliseconds(scenario.p99),
          Figures.percent(scenario.spread), TextFormat.fixed(scenario.imagesPerSecond, digits: 1),
          TextFormat.fixed(scenario.gigaflops ?? .nan, digits: 0),
          Figures.milliseconds(scenario.phases.reduce(0) { $0 + $1.milliseconds }),
          scenario.allocations,
        ])
    }
    return table
  }
}
