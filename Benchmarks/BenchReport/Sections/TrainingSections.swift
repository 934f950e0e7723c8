import CommandLineKit

/// Time and memory of a training step, and how far two ways of training drift apart.
enum TrainingSections {
  static func training(_ results: [ResultDocument]) throws(ReportError) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .training(let rows) = result.content, !rows.isEmpty else { continue }
      if result.needsLabel(among: results) { content.append(Markup("h3", [:], result.label)) }
      var times: [BarChart.Group] = []
      var memory: [BarChart.Group] = []
      for row in rows {
        let title =
          "\(try row.text("model")), batch \(try row.integer("batch")), \(try row.integer("size"))"
        let ratio = try row.number("branched_over_plain")
        let (branched, plain) = (try row.entry("branched"), try row.entry("plain"))
        let steps = (try branched.number("step_ns") / 1e6, try plain.number("step_ns") / 1e6)
        let bytes = (
          try branched.number("activation_bytes"), try plain.number("activation_bytes")
        )
        times.append(
          BarChart.Group(
            title: title,
            rows: [
              BarChart.Row(
                "branched", value: steps.0, style: "branched",
                text: "\(Figures.milliseconds(steps.0)) ms, \(Figures.ratio(ratio)) × as long"),
              BarChart.Row(
                "plain, RepOptimizer", value: steps.1, style: "plain",
                text: "\(Figures.milliseconds(steps.1)) ms"),
            ]))
        memory.append(
          BarChart.Group(
            title: title,
            rows: [
              BarChart.Row(
                "branched", value: bytes.0 / 1_048_576, style: "branched",
                text: Figures.mebibytes(bytes.0) + " MiB"),
              BarChart.Row(
                "plain, RepOptimizer", value: bytes.1 / 1_048_576, style: "plain",
                text: Figures.mebibytes(bytes.1) + " MiB"),
            ]))
      }
      content.append(
        BarChart(groups: times, axisTitle: "time of a step, ms").figure(
          caption: "Forward pass, backward pass and update; the networks took turns."))
      content.append(
        BarChart(groups: memory, axisTitle: "activations kept, MiB").figure(
          caption: "Activations that the backward pass needs."))
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "training", title: "Training", content: content)
  }

  static func equivalence(_ results: [ResultDocument]) -> PageSection? {
    var lines: [LineChart.Series] = []
    for result in results {
      guard case .equivalence(let rule, let differences) = result.content, !differences.isEmpty
      else { continue }
      lines.append(
        LineChart.Series(
          name: result.needsLabel(among: results) ? "\(result.label), \(rule)" : rule,
          style: Figures.style(index: lines.count),
          points: differences.enumerated().map { (Double($0 + 1), $1) }))
    }
    guard !lines.isEmpty else { return nil }
    var table = DataTable([.number("step")] + lines.map { .number($0.name) })
    for index in 0..<(lines.map(\.points.count).max() ?? 0) {
      table.rows.append(
        ["\(index + 1)"]
          + lines.map { index < $0.points.count ? "\(Float($0.points[index].y))" : "–" })
    }
    return PageSection(
      anchor: "equivalence", title: "RepOptimizer against scaled branches",
      content: [
        LineChart(
          series: lines, xTitle: "step", yTitle: "relative L2 difference", isYLogarithmic: true
        ).figure(caption: "How far the weights of both networks are apart after every step."),
        table.folded("All differences"),
      ])
  }
}
