import CommandLineKit
import Measurement
import RepVGG
import ToolSupport
import TextFormats

/// The result of `repvgg-bench run`.
struct RunReport {
  let system: SystemDescription
  let arguments: Arguments
  var groups: [MeasuredGroup] = []

  init(system: SystemDescription, arguments: Arguments) {
    self.system = system
    self.arguments = arguments
  }

  func text(_ format: ReportFormat) -> String {
    switch format {
    case .text:
      BenchSystem.header(system) + "\n" + table.text() + "\n"
        + conclusions.map { $0 + "\n" }.joined()
    case .md:
      BenchSystem.markdownHeader(system) + "\n" + table.markdown() + "\n"
        + conclusions.map { "- \($0)\n" }.joined()
    case .csv: table.csv()
    case .json: JSONWriter().text(json) + "\n"
    }
  }

  // MARK: - For a person

  private var table: TextTable {
    var table = TextTable(
      "model", "form", "input", "threads", "streams", "median ms", "p95 ms", "spread %", "images/s",
      "GFLOP/s", "weights MiB", "packed MiB", "activations MiB", "workspace MiB", "peak RSS MiB",
      "allocations")
    for scenario in groups.flatMap(\.scenarios) {
      let summary = scenario.series.summary
      func milliseconds(_ nanoseconds: Double?) -> String {
        TextFormat.fixed((nanoseconds ?? .nan) / 1e6, digits: 2)
      }
      func mebibytes(_ bytes: Int) -> String {
        TextFormat.fixed(Double(bytes) / 1_048_576, digits: 1)
      }
      let spread = summary.map { 100 * $0.medianAbsoluteDeviation / $0.median } ?? .nan
      table.append([
        scenario.modelName, scenario.scenario.form.rawValue, scenario.input.description,
        "\(scenario.scenario.threadCount)", "\(scenario.scenario.streamCount)",
        milliseconds(summary?.median),
        milliseconds(summary?.p95), TextFormat.fixed(spread, digits: 1),
        TextFormat.fixed(scenario.imagesPerSecond, digits: 1),
        TextFormat.fixed(scenario.effectiveGigaflops, digits: 0),
        mebibytes(scenario.memory.weightByteCount),
        mebibytes(scenario.memory.packedWeightByteCount),
        mebibytes(scenario.memory.activationPeakByteCount),
        mebibytes(scenario.memory.workspaceByteCount), mebibytes(scenario.peakResidentBytes),
        scenario.allocationsPerRun.map(String.init) ?? "-",
      ])
    }
    return table
  }

  private var conclusions: [String] {
    var lines: [String] = []
    for group in groups {
      for scenario in group.scenarios where scenario.isTuned {
        lines.append(
          "\(scenario.modelName) \(scenario.input): \(scenario.scenario.form.rawValue) is tuned")
      }
      for comparison in group.comparisons {
        let ratio = comparison.ratio
        let saved = 100 * (1 - comparison.activationPeakRatio)
        lines.append(
          "\(comparison.candidate.modelName) \(comparison.candidate.input): "
            + "\(comparison.candidate.scenario.form.rawValue) is "
            + TextFormat.fixed(ratio.ratio, digits: 2)
            + " times as fast as \(comparison.baseline.scenario.form.rawValue) (95 % interval "
            + TextFormat.fixed(ratio.lower, digits: 2) + "–"
            + TextFormat.fixed(ratio.upper, digits: 2) + "), live activations "
            + (saved >= 0 ? "−" : "+") + TextFormat.fixed(abs(saved), digits: 0) + " %")
      }
      lines += group.result.warnings.map { "warning: \($0)" }
      lines.append(group.result.noise.text)
    }
    return lines
  }

  // MARK: - For a program

  private var json: JSONValue {
    [
      "schema_version": 1,
      "tool": [
        "name": "repvgg-bench", "version": .string(ToolVersion.number),
        "commit": .string(ToolVersion.commit),
      ],
      "started_at": .string(BenchSystem.startedAt),
      "command": JSONValue(["repvgg-bench"] + arguments.words),
      "interrupted": .bool(SignalTrap.isInterrupted),
      "system": BenchSystem.json(system),
      "scenarios": .array(groups.flatMap { group in group.scenarios.map { json($0, group) } }),
      "comparisons": .array(groups.flatMap(\.comparisons).map(json)),
    ]
  }

  private func json(_ scenario: MeasuredScenario, _ group: MeasuredGroup) -> JSONValue {
    let summary = scenario.series.summary
    var fields: JSONObject = ["n": JSONValue(summary?.count)]
    let values: [(String, Double?)] = [
      ("min_ns", summary?.minimum), ("median_ns", summary?.median), ("mean_ns", summary?.mean),
      ("p90_ns", summary?.p90), ("p95_ns", summary?.p95), ("p99_ns", summary?.p99),
      ("max_ns", summary?.maximum), ("mad_ns", summary?.medianAbsoluteDeviation),
      ("iqr_ns", summary?.interquartileRange), ("cv", summary?.coefficientOfVariation),
    ]
    for (name, value) in values { fields[name] = JSONValue(value) }
    let input = scenario.input
    return [
      "model": .string(scenario.modelName),
      "form": .string(scenario.scenario.form.rawValue),
      "batch": .integer(input.batch),
      "threads": .integer(scenario.scenario.threadCount),
      "input": JSONValue(input.dimensions),
      "policy": .string(scenario.scenario.policy.rawValue),
      "algorithm": .string(scenario.scenario.algorithm.rawValue),
      "tuned": .bool(scenario.isTuned),
      "pin": .string(scenario.scenario.pinning.description),
      "streams": .integer(scenario.scenario.streamCount),
      "batches_per_sample": .integer(scenario.batchesPerSample),
      "static": [
        "params": .integer(scenario.counts.parameters),
        "macs": .integer(scenario.counts.multiplyAccumulates),
      ],
      "phases_ns": [
        "load": JSONValue(scenario.loadNanoseconds),
        "fuse": JSONValue(scenario.buildTimes.fuseNanoseconds),
        "plan": JSONValue(scenario.buildTimes.planNanoseconds),
        "first": JSONValue(scenario.firstRunNanoseconds),
      ],
      "samples_ns": JSONValue(scenario.series.samplesNanoseconds),
      "order_index": JSONValue(scenario.series.orderIndex),
      "summary": .object(fields),
      "images_per_second": .double(scenario.imagesPerSecond),
      "effective_gflops": .double(scenario.effectiveGigaflops),
      "memory": [
        "weight_bytes": .integer(scenario.memory.weightByteCount),
        "packed_weight_bytes": .integer(scenario.memory.packedWeightByteCount),
        "activation_peak_bytes": .integer(scenario.memory.activationPeakByteCount),
        "arena_bytes": .integer(scenario.memory.arenaByteCount),
        "workspace_bytes": .integer(scenario.memory.workspaceByteCount),
        "peak_rss_bytes": .integer(scenario.peakResidentBytes),
        "allocations_per_run": JSONValue(scenario.allocationsPerRun),
      ],
      "noise": .string(group.result.noise.state.rawValue),
      "warnings": JSONValue(group.result.warnings),
    ]
  }

  private func json(_ comparison: MeasuredGroup.Comparison) -> JSONValue {
    let input = comparison.candidate.input
    return [
      "model": .string(comparison.candidate.modelName),
      "batch": .integer(input.batch),
      "threads": .integer(comparison.candidate.scenario.threadCount),
      "input": JSONValue(input.dimensions),
      "policy": .string(comparison.candidate.scenario.policy.rawValue),
      "streams": .integer(comparison.candidate.scenario.streamCount),
      "baseline": .string(comparison.baseline.scenario.form.rawValue),
      "candidate": .string(comparison.candidate.scenario.form.rawValue),
      "ratio": .double(comparison.ratio.ratio),
      "ci95": JSONValue([comparison.ratio.lower, comparison.ratio.upper]),
      "method": .string(comparison.ratio.method),
      "activation_peak_ratio": .double(comparison.activationPeakRatio),
    ]
  }
}
