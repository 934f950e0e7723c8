import CommandLineKit
import Measurement
import RepVGG

/// Parallelism: the same multiplications as one large convolution or as several small ones.
enum FragmentClaim {
  /// Edge and channels of layers as B0's stages have them.
  private static let layers: [(edge: Int, channels: Int)] = [(56, 64), (28, 128), (14, 256)]
  private static let fragmentCounts = [1, 2, 4, 8]

  static func section(_ context: ClaimContext) throws -> ReportSection {
    var section = ReportSection(
      "parallelism", title: "Parallelism: one convolution against fragments of it",
      columns: [
        ReportColumn("layer", "layer"), ReportColumn("fragments", "fragments"),
        ReportColumn("algorithm", "algorithm"),
        ReportColumn("time_ns", "ms", scale: 1e-6, digits: 3),
        ReportColumn("gflops", "GFLOP/s", digits: 0),
        ReportColumn("relative_time", "time / one convolution"),
      ])
    var worst = [Int: Double]()
    var best = [Int: Double]()
    var verdicts: [NoiseVerdict] = []
    for layer in layers {
      let works = try fragmentCounts.map { count in
        try LayerSequence(
          (0..<count).map { _ in
            LayerSequence.shape(
              edge: layer.edge, inputs: layer.channels, outputs: layer.channels / count,
              kernelSize: 3)
          }, threadCount: context.threadCount, cpus: context.pinning.cpus)
      }
      let (times, noise) = try context.medians(
        zip(fragmentCounts, works).map { count, work in ("\(count)", { work.run() }) })
      let macs = layer.edge * layer.edge * layer.channels * layer.channels * 9
      for (index, count) in fragmentCounts.enumerated() {
        let ratio = times[index] / times[0]
        worst[count] = max(worst[count] ?? 0, ratio)
        best[count] = min(best[count] ?? .infinity, ratio)
        section.rows.append([
          .string("\(layer.channels)x\(layer.edge)x\(layer.edge)"), .integer(count),
          .string(works[index].algorithmNames.joined(separator: "+")), .double(times[index]),
          .double(2 * Double(macs) / times[index]), .double(ratio),
        ])
      }
      verdicts.append(noise)
    }
    section.judge(verdicts)
    let most = fragmentCounts.last ?? 1
    let (low, high) = (best[most] ?? .nan, worst[most] ?? .nan)
    let range =
      "\(most) fragments take \(low.inWords) to \(high.inWords) times as long as one"
      + " convolution of the same multiplications on \(context.threadCount) threads"
    section.verdict =
      low > 1.05
      ? "Fragments cost time on every layer: \(range)."
      : high < 0.95
        ? "Fragments are faster on every layer here: \(range), against the claim."
        : high > 1.05
          ? "Fragments cost time on some layers only: \(range)."
          : "Fragments make no difference here: \(range)."
    return section
  }
}
