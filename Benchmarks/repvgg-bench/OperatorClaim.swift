import CommandLineKit
import RepVGG

/// One operator: how fast kernels of different sizes run, by effective GFLOP/s.
enum OperatorClaim {
  private static let edge = 28
  private static let channels = 128

  static func section(_ context: ClaimContext) throws -> ReportSection {
    var section = ReportSection(
      "operator", title: "One operator: \(channels) channels of \(edge)x\(edge) by kernel size",
      columns: [
        ReportColumn("kernel", "kernel"), ReportColumn("implementation", "implementation"),
        ReportColumn("macs", "MMAC", scale: 1e-6, digits: 1),
        ReportColumn("time_ns", "ms", scale: 1e-6, digits: 3),
        ReportColumn("gflops", "GFLOP/s", digits: 0),
      ])
    var works: [(size: Int, name: String, work: () throws -> Void)] = []
    for size in [1, 3] {
      let layer = try LayerSequence(
        [LayerSequence.shape(edge: edge, inputs: channels, outputs: channels, kernelSize: size)],
        threadCount: context.threadCount, cpus: context.pinning.cpus)
      works.append((size, "engine, " + layer.algorithmNames.joined(), { layer.run() }))
    }
    for size in [1, 3, 5, 7] {
      let product = try GatheredProduct(
        edge: edge, channels: channels, kernelSize: size, threadCount: context.threadCount,
        cpus: context.pinning.cpus)
      works.append((size, "im2col and sgemm", { product.run() }))
    }
    let (times, noise) = try context.medians(
      works.map { ("\($0.size)x\($0.size) \($0.name)", $0.work) })
    var speeds: [(size: Int, isEngine: Bool, gigaflops: Double)] = []
    for (work, time) in zip(works, times) {
      let macs = edge * edge * channels * channels * work.size * work.size
      let gigaflops = 2 * Double(macs) / time
      speeds.append((work.size, work.name.hasPrefix("engine"), gigaflops))
      section.rows.append([
        .string("\(work.size)x\(work.size)"), .string(work.name), .integer(macs), .double(time),
        .double(gigaflops),
      ])
    }
    func speed(_ size: Int, engine: Bool) -> Double {
      speeds.first { $0.size == size && $0.isEngine == engine }?.gigaflops ?? .nan
    }
    let ratio = speed(3, engine: true) / speed(1, engine: true)
    let others = [1, 5, 7].map { speed($0, engine: false) }.max() ?? .nan
    let bare = speed(3, engine: false) / others
    let figures =
      "the engine's 3x3 does \(ratio.inWords) times the GFLOP/s of its 1x1; as im2col and sgemm"
      + " the 3x3 does \(bare.inWords) times those of the best other size"
    section.verdict =
      ratio > 1.05 && bare > 1.05
      ? "The 3x3 is the fastest operator whatever the implementation: \(figures)."
      : ratio > 1.05
        ? "The 3x3 is the fastest operator because it alone has algorithms of its own: \(figures)."
        : "The 3x3 is not the fastest operator here: \(figures), against the claim."
    section.notes = [
      "The engine has no 5x5 and no 7x7: they run as im2col and OpenBLAS sgemm, as do, for"
        + " comparison, 1x1 and 3x3."
    ]
    section.judge([noise])
    return section
  }
}
