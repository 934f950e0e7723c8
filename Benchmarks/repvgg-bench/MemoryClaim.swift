import CommandLineKit
import RepVGG

/// Memory: what stays alive while a block is computed, by form, batch and size.
enum MemoryClaim {
  static func section(_ context: ClaimContext) throws -> ReportSection {
    let architecture = try context.architecture()
    var section = ReportSection(
      "memory", title: "Memory of \(architecture.name)",
      columns: [
        ReportColumn("form", "form"), ReportColumn("batch", "batch"),
        ReportColumn("size", "size"),
        ReportColumn("activation_peak_bytes", "live activations MiB", scale: 1 / 1_048_576.0),
        ReportColumn("arena_bytes", "arena MiB", scale: 1 / 1_048_576.0),
        ReportColumn("packed_weight_bytes", "packed weights MiB", scale: 1 / 1_048_576.0),
        ReportColumn("peak_rss_bytes", "peak RSS MiB", scale: 1 / 1_048_576.0),
        ReportColumn("relative_activations", "activations / plain"),
        ReportColumn("model", "model", isForProgramsOnly: true),
      ])
    let source = NetworkSource.seeded(architecture, seed: context.seed)
    let network = try source.network()
    var ratios: [Double] = []
    var residentRatios: [Double] = []
    let edge = architecture.inputSize
    for (batch, size) in [(1, edge), (8, edge), (1, 2 * edge)] {
      var peaks: [Form: (live: Int, resident: Int)] = [:]
      for form in [Form.plain, .folded, .branched] {
        let scenario = Scenario(
          source: source, form: form, batch: batch, threadCount: context.threadCount,
          size: PixelSize(height: size, width: size), pinning: context.pinning)
        let input = try InputShape(batch: batch, height: size, width: size)
        let memory = try Plan(network, input: input, options: scenario.options).memory
        guard let resident = try MemoryChild.peakResidentBytes(scenario) else {
          throw Interruption()
        }
        peaks[form] = (memory.activationPeakByteCount, resident)
        section.rows.append([
          .string(form.rawValue), .integer(batch), .integer(size),
          .integer(memory.activationPeakByteCount), .integer(memory.arenaByteCount),
          .integer(memory.packedWeightByteCount), .integer(resident),
          .double(
            Double(memory.activationPeakByteCount)
              / Double(max(1, peaks[.plain]?.live ?? 1))),
          .string(architecture.name),
        ])
      }
      guard let plain = peaks[.plain], let branched = peaks[.branched] else { continue }
      ratios.append(Double(branched.live) / Double(max(1, plain.live)))
      residentRatios.append(Double(branched.resident) / Double(max(1, plain.resident)))
    }
    let (low, high) = (ratios.min() ?? .nan, ratios.max() ?? .nan)
    let figures =
      "as trained, \(low.inWords) to \(high.inWords) times the plain form's activations are alive"
      + " at the peak, and the whole process's peak is \((residentRatios.min() ?? .nan).inWords)"
      + " to \((residentRatios.max() ?? .nan).inWords) times the plain form's"
    section.verdict =
      low > 1.05
      ? "Branches cost memory for activations: \(figures)."
      : high > 1.05
        ? "Branches cost memory for activations on some inputs only: \(figures)."
        : "Branches cost no memory for activations here: \(figures), against the claim."
    section.notes = ["Live activations are exact; peak RSS is that of a process with one form."]
    return section
  }
}
