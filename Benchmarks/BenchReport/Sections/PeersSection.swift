import CommandLineKit

/// This engine compared with other runtimes, from what `Benchmarks/Peers/run` measured.
enum PeersSection {
  static func section(_ results: [ResultDocument]) throws(ReportError) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .peers(let root) = result.content else { continue }
      let rows = try root.entries("rows")
      guard !rows.isEmpty else { continue }
      if result.needsLabel(among: results) { content.append(Markup("h3", [:], result.label)) }
      content.append(try times(rows))
      content.append(try memory(rows))
      content.append(try table(rows).folded("All figures against other runtimes"))
      let versions = try root.entry("versions")
      let names = versions.keys.map { "\($0) \(versions.optionalText($0) ?? "")" }
      content.append(
        PageSection.note(
          "\(names.joined(separator: ", ")), on \(try root.text("date")). Everybody has the same "
            + "weights and images; logits were compared first. Visits took turns."))
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "peers", title: "Against other runtimes", content: content)
  }

  private static let ownForms = ["plain", "folded", "branched"]

  private static func name(_ runtime: String) -> String {
    ownForms.contains(runtime) ? "this engine, \(runtime)" : runtime
  }

  private static func style(_ runtime: String) -> String {
    ownForms.contains(runtime) ? runtime : "4"
  }

  private static func title(_ row: Entry) throws(ReportError) -> String {
    let (batch, size) = (try row.integer("batch"), try row.text("size"))
    let threads = try row.integer("threads")
    let graph = try row.text("graph")
    return "\(try row.text("model")), \(batch)x3x\(size), \(threads) thread"
      + (threads == 1 ? "" : "s") + (graph == "plain" ? "" : ", branched graph in the others")
  }

  private static func times(_ rows: [Entry]) throws(ReportError) -> Markup {
    var groups: [BarChart.Group] = []
    for row in rows {
      let medians = try row.entry("median_ms")
      var bars: [BarChart.Row] = []
      let own = try medians.keys.first.map { key throws(ReportError) in try medians.positive(key) }
      for runtime in medians.keys {
        let time = try medians.positive(runtime)
        let ratio = own.map { time / $0 } ?? 1
        bars.append(
          BarChart.Row(
            name(runtime), value: time, style: style(runtime),
            text: "\(Figures.milliseconds(time)) ms"
              + (bars.isEmpty ? "" : ", \(Figures.ratio(ratio)) × as long")))
      }
      groups.append(BarChart.Group(title: try title(row), rows: bars))
    }
    return BarChart(groups: groups, axisTitle: "median time of one run, ms", rowHeight: 22)
      .figure(caption: "Median times of the same network; multiples are of the first bar.")
  }

  private static func memory(_ rows: [Entry]) throws(ReportError) -> Markup {
    var groups: [BarChart.Group] = []
    for row in rows {
      let peaks = try row.entry("peak_rss_bytes")
      let bars = peaks.keys.compactMap { runtime in
        peaks.optionalNumber(runtime).map { bytes in
          BarChart.Row(
            name(runtime), value: bytes / 1_048_576, style: style(runtime),
            text: Figures.mebibytes(bytes) + " MiB")
        }
      }
      groups.append(BarChart.Group(title: try title(row), rows: bars))
    }
    return BarChart(groups: groups, axisTitle: "peak RSS, MiB", rowHeight: 22).figure(
      caption: "Peak memory of a process with one runtime, loading included; those of the others "
        + "hold Python too.")
  }

  private static func table(_ rows: [Entry]) throws(ReportError) -> DataTable {
    var table = DataTable(
      [.text("combination"), .text("runtime")]
        + ["median, ms", "best other / this engine", "relative L2"].map(DataTable.Column.number))
    for row in rows {
      let medians = try row.entry("median_ms")
      let ratio = Figures.ratio(try row.number("ratio"))
      let error = "\(Float(try row.number("relative_l2")))"
      for (index, runtime) in medians.keys.enumerated() {
        table.rows.append([
          try title(row), name(runtime), Figures.milliseconds(try medians.number(runtime)),
          index == 0 ? ratio : "", index == 0 ? error : "",
        ])
      }
    }
    return table
  }
}
