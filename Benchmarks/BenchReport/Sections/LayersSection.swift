import CommandLineKit

/// Where a network's time goes, layer by layer, and how near the machine's roof that is.
enum LayersSection {
  static func section(_ results: [ResultDocument]) -> PageSection? {
    var content: [Markup] = []
    for result in results {
      guard case .layers(let layers) = result.content else { continue }
      for network in layers.networks where !network.layers.isEmpty {
        content.append(
          Markup(
            "h3", [:],
            (result.needsLabel(among: results) ? result.label + ": " : "") + network.title))
        content.append(bars(network))
        if let roof = layers.roof(network) { content.append(roofline(network, roof)) }
        content.append(table(network).folded("All figures of the layers"))
      }
    }
    guard !content.isEmpty else { return nil }
    return PageSection(anchor: "layers", title: "Layers", content: content)
  }

  private static func bars(_ network: LayersResult.Network) -> Markup {
    let rows = network.layers.map { layer in
      BarChart.Row(
        layer.name, value: layer.milliseconds, style: Figures.style(algorithm: layer.algorithm),
        text: "\(Figures.milliseconds(layer.milliseconds)) ms, \(layer.algorithm)"
          + (layer.gigaflops.map { ", \(TextFormat.fixed($0, digits: 0)) GFLOP/s" } ?? ""))
    }
    let total = network.layers.reduce(0) { $0 + $1.milliseconds }
    return BarChart(
      groups: [BarChart.Group(rows: rows)], axisTitle: "time, ms", rowHeight: 20
    ).figure(
      caption: "Time of every step in the order of the run, \(Figures.milliseconds(total)) ms in "
        + "all. GFLOP/s count the direct convolution's operations.",
      key: Figures.algorithmKey(network.layers.map { Figures.style(algorithm: $0.algorithm) }))
  }

  private static func roofline(
    _ network: LayersResult.Network, _ roof: LayersResult.Roof
  ) -> Markup {
    let points = network.layers.compactMap { layer -> RooflineChart.Point? in
      guard let speed = layer.gigaflops, let intensity = layer.intensity, speed > 0, intensity > 0
      else { return nil }
      return RooflineChart.Point(
        name: layer.name.replacing(" conv3x3", with: ""), intensity: intensity, gigaflops: speed,
        share: layer.share,
        style: Figures.style(algorithm: layer.algorithm))
    }
    return RooflineChart(
      points: points, peakGigaflops: roof.peakGigaflops,
      gigabytesPerSecond: roof.gigabytesPerSecond
    ).figure(
      caption: "Roofline of \(roof.threads) thread\(roof.threads == 1 ? "" : "s"): areas are "
        + "shares of the time. Winograd needs fewer multiplications than are counted, so it can "
        + "lie above the peak; what stays in a cache can lie above the slope.",
      key: Figures.algorithmKey(points.map(\.style)))
  }

  private static func table(_ network: LayersResult.Network) -> DataTable {
    var table = DataTable(
      [.text("layer"), .text("algorithm"), .text("output")]
        + [
          "MMAC", "ms", "share, %", "GFLOP/s", "GB/s", "FLOP/byte", "of the roof, %",
        ].map(DataTable.Column.number) + [.text("bound by")])
    let all = network.layers + (network.total.map { [$0] } ?? [])
    for layer in all {
      func optional(_ value: Double?, digits: Int, scale: Double = 1) -> String {
        value.map { TextFormat.fixed($0 * scale, digits: digits) } ?? "–"
      }
      table.rows.append([
        layer.name, layer.algorithm, layer.output, optional(layer.macs, digits: 1, scale: 1e-6),
        Figures.milliseconds(layer.milliseconds), Figures.percent(layer.share),
        optional(layer.gigaflops, digits: 0), optional(layer.gigabytesPerSecond, digits: 1),
        optional(layer.intensity, digits: 1), optional(layer.ofRoof, digits: 0, scale: 100),
        layer.bound,
      ])
    }
    if network.total != nil { table.emphasizedRows = [all.count - 1] }
    return table
  }
}
