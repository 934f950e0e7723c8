/// Where the memory goes, by category and form.
enum MemorySection {
  private static let categories: [(field: String, name: String, style: String)] = [
    ("packed_weight_bytes", "packed weights", "1"), ("arena_bytes", "activations", "2"),
    ("workspace_bytes", "workspace", "3"),
  ]

  static func section(_ results: [ResultDocument]) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .run(let run) = result.content, !run.scenarios.isEmpty else { continue }
      if result.needsLabel(among: results) { content.append(Markup("h3", [:], result.label)) }
      content += figures(run)
      content.append(table(run).folded("All figures of memory"))
    }
    guard !content.isEmpty else { return nil }
    content.insert(
      PageSection.note(
        "Categories are exact, from the plan. Peak memory is that of a process that loads, plans "
          + "and runs one form alone."), at: 0)
    return PageSection(anchor: "memory", title: "Memory", content: content)
  }

  private static func figures(_ run: RunResult) -> [Markup] {
    let groups = run.keys.map { key in
      BarChart.Group(
        title: key.text,
        rows: run.scenarios(key).map { scenario in
          let peak = scenario.bytes("peak_rss_bytes")
          return BarChart.Row(
            scenario.form,
            categories.map { category in
              BarChart.Segment(
                value: scenario.bytes(category.field) / 1_048_576, style: category.style,
                name: category.name)
            }, text: peak > 0 ? "peak \(Figures.mebibytes(peak)) MiB" : "",
            marker: peak > 0 ? peak / 1_048_576 : nil)
        })
    }
    var process = BarChart(groups: groups, axisTitle: "MiB")
    process.segmentText = { Figures.mebibytes($0 * 1_048_576) }
    let live = BarChart(
      groups: run.keys.map { key in
        BarChart.Group(
          title: key.text,
          rows: run.scenarios(key).map { scenario in
            let bytes = scenario.bytes("activation_peak_bytes")
            return BarChart.Row(
              scenario.form, value: bytes / 1_048_576, style: Figures.style(form: scenario.form),
              text: Figures.mebibytes(bytes) + " MiB")
          })
      }, axisTitle: "live activations at the peak, MiB")
    return [
      process.figure(
        caption: "What a process holds, by category; the line is its peak resident memory.",
        key: categories.map { ($0.style, $0.name) }),
      live.figure(caption: "Activations that are alive at the same time, at most."),
    ]
  }

  private static func table(_ run: RunResult) -> DataTable {
    let columns: [(field: String, title: String)] = [
      ("weight_bytes", "weights, MiB"), ("packed_weight_bytes", "packed weights, MiB"),
      ("activation_peak_bytes", "live activations, MiB"), ("arena_bytes", "arena, MiB"),
      ("workspace_bytes", "workspace, MiB"), ("peak_rss_bytes", "peak RSS, MiB"),
    ]
    let isOne = run.keys.count == 1
    var table = DataTable(
      (isOne ? [] : [.text("combination")]) + [.text("form")] + columns.map { .number($0.title) })
    for scenario in run.scenarios {
      table.rows.append(
        (isOne ? [] : [scenario.key.text]) + [scenario.form]
          + columns.map { Figures.mebibytes(scenario.bytes($0.field)) })
    }
    return table
  }
}
