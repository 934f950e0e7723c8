import CommandLineKit

/// The gap between the forms: what a reader in a hurry takes home.
enum HeadlineSection {
  private struct Gap {
    let result: ResultDocument
    let comparison: RunResult.Comparison
  }

  /// Nil where no result has two forms.
  static func section(_ results: [ResultDocument]) -> PageSection? {
    var gaps: [Gap] = []
    for result in results {
      guard case .run(let run) = result.content else { continue }
      for key in run.keys {
        for baseline in ["branched", "folded"] {
          if let comparison = run.comparison(key, "plain", against: baseline) {
            gaps.append(Gap(result: result, comparison: comparison))
          }
        }
      }
    }
    let main = gaps.filter { $0.comparison.baseline == "branched" }
    guard let first = main.first ?? gaps.first else { return nil }
    let shown = main.isEmpty ? gaps : main
    var content = [answer(shown.map(\.comparison), against: first.comparison.baseline)]
    if shown.count == 1, case .run(let run) = first.result.content {
      content.append(tiles(run, first.comparison))
    }
    let chart = IntervalChart(
      rows: gaps.map { gap in
        let comparison = gap.comparison
        return IntervalChart.Row(
          label: (gap.result.needsLabel(among: results) ? gap.result.label + ": " : "")
            + comparison.key.text,
          value: comparison.ratio, lower: comparison.lower, upper: comparison.upper,
          style: Figures.style(form: comparison.baseline),
          text: "\(Figures.ratio(comparison.ratio)) × \(comparison.baseline)")
      }, axisTitle: "times as fast (dots: ratio of medians, lines: 95 % interval)")
    content.append(
      chart.figure(
        caption: "How many times as fast the plain form is. At the dashed line both are equal.",
        key: [("branched", "against branched"), ("folded", "against folded")]))
    return PageSection(anchor: "gap", title: "The gap", content: content)
  }

  private static func answer(
    _ comparisons: [RunResult.Comparison], against baseline: String
  ) -> Markup {
    let ratios = comparisons.map(\.ratio)
    let (low, high) = (ratios.min() ?? 1, ratios.max() ?? 1)
    let isOne = comparisons.count == 1
    let figure =
      Figures.ratio(low) == Figures.ratio(high)
      ? Figures.ratio(low) : "\(Figures.ratio(low))–\(Figures.ratio(high))"
    let decided =
      comparisons.allSatisfy { $0.lower > 1 }
      ? "Merging the branches makes the network faster"
      : comparisons.allSatisfy { $0.upper < 1 }
        ? "Merging the branches makes the network slower"
        : "Merging the branches makes no certain difference everywhere"
    let detail =
      isOne
      ? comparisons.first.map {
        " The 95 % interval is \(Figures.ratio($0.lower)) to \(Figures.ratio($0.upper))."
      } ?? "" : " \(comparisons.count) combinations were measured."
    return Markup(
      "div", ["class": "answer"],
      [
        Markup("b", [:], "\(figure) ×"),
        .text(
          "\(decided): plain is \(figure.replacing("–", with: " to ")) times as fast as "
            + "\(baseline)." + detail),
      ])
  }

  private static func tiles(_ run: RunResult, _ gap: RunResult.Comparison) -> Markup {
    let scenarios = run.scenarios(gap.key)
    var tiles: [(what: String, figure: String, note: String)] = []
    if let plain = scenarios.first(where: { $0.form == "plain" }),
      let base = scenarios.first(where: { $0.form == gap.baseline })
    {
      tiles = [
        (
          "median latency, ms", Figures.milliseconds(plain.median),
          "\(base.form): \(Figures.milliseconds(base.median))"
        ),
        (
          "throughput, images/s", TextFormat.fixed(plain.imagesPerSecond, digits: 1),
          "\(base.form): \(TextFormat.fixed(base.imagesPerSecond, digits: 1))"
        ),
        (
          "live activations", Figures.change(gap.activationRatio),
          Figures.mebibytes(plain.bytes("activation_peak_bytes")) + " MiB against "
            + Figures.mebibytes(base.bytes("activation_peak_bytes")) + " MiB"
        ),
      ]
      let (own, other) = (plain.bytes("peak_rss_bytes"), base.bytes("peak_rss_bytes"))
      if own > 0, other > 0 {
        tiles.append(
          (
            "peak memory", Figures.change(own / other),
            "\(Figures.mebibytes(own)) MiB against \(Figures.mebibytes(other)) MiB"
          ))
      }
    }
    return Markup(
      "div", ["class": "tiles"],
      tiles.map { tile in
        Markup(
          "div", ["class": "tile"],
          [
            Markup("span", ["class": "what"], tile.what),
            Markup("span", ["class": "figure"], tile.figure),
            Markup("span", ["class": "note"], tile.note),
          ])
      })
  }
}
