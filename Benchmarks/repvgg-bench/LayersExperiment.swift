import CommandLineKit
import Measurement
import RepVGG
import ToolSupport
import TextFormats

/// `repvgg-bench layers`: where the time of a network goes.
enum LayersExperiment {
  private static let form = Option(
    "form", .oneOfCases("FORM"), default: Form.plain, help: "The form to measure.")

  static let command = Command(
    "layers", summary: "Time, speed and place on the roofline of every layer",
    discussion: """
      GFLOP/s are effective: the direct convolution's operations per time, so an algorithm with \
      fewer multiplications can exceed the peak. GB/s count packed weights and the source and \
      destination activations once. The peak is that of the engine's own product with operands in \
      the first-level cache, the bandwidth that of reading a large buffer, both on as many threads \
      in the same run. A layer whose operands stay in a cache can exceed the roof.
      """,
    arguments: [
      BenchArguments.models, BenchArguments.weights, form, BenchArguments.batches,
      BenchArguments.threads, BenchArguments.sizes, BenchArguments.seed, BenchArguments.policy,
      BenchArguments.algorithm, BenchArguments.pin, Tuning.option, BenchArguments.minimumTime,
      BenchArguments.format,
    ] + NetworkArguments.all
  ) { arguments in
    var report = ExperimentReport("layers", arguments)
    var roofs: [Roofline] = []
    let pinning = arguments[BenchArguments.pin]
    let tuning = Tuning(arguments)
    for threads in arguments[BenchArguments.threads] {
      let roof = try Roofline.measured(threadCount: threads, cpus: pinning.cpus)
      roofs.append(roof)
      for source in try NetworkSource.all(arguments) {
        let edge = try source.network().origin.inputSize
        let sizes = arguments[BenchArguments.sizes]
        for size in sizes.isEmpty ? [PixelSize(height: edge, width: edge)] : sizes {
          for batch in arguments[BenchArguments.batches] where !SignalTrap.isInterrupted {
            let prepared = try PreparedScenario(
              Scenario(
                source: source, form: arguments[form], batch: batch, threadCount: threads,
                size: size, policy: arguments[BenchArguments.policy],
                algorithm: arguments[BenchArguments.algorithm], pinning: pinning,
                tuning: tuning))
            let times = try stepTimes(prepared, arguments[BenchArguments.minimumTime])
            report.sections.append(section(prepared, times, roof))
          }
        }
      }
    }
    report.fields["roofline"] = .array(
      roofs.map {
        [
          "threads": .integer($0.threadCount), "peak_gflops": .double($0.peakGigaflops),
          "bandwidth_gbs": .double($0.gigabytesPerSecond),
        ]
      })
    try report.write()
    return SignalTrap.isInterrupted ? .interrupted : .success
  }

  /// The median nanoseconds of every step.
  private static func stepTimes(
    _ prepared: PreparedScenario, _ minimumTime: Duration
  ) throws -> [Double] {
    var samples = [[Double]](repeating: [], count: prepared.plan.stepDescriptions.count)
    try Pinning.pinned(to: prepared.scenario.pinning.cpus.first) {
      let clock = MonotonicClock()
      let start = clock.nowNanoseconds()
      let duration = UInt64(max(0, minimumTime.nanosecondsValue))
      var rounds = 0
      while !SignalTrap.isInterrupted {
        let times = try prepared.stepNanoseconds()
        // The first rounds warm up.
        if rounds > 2 {
          for index in samples.indices { samples[index].append(Double(times[index])) }
        }
        rounds += 1
        if rounds > 12, clock.nowNanoseconds() - start > duration { break }
      }
    }
    return samples.map { SampleSummary($0)?.median ?? .nan }
  }

  private static let columns = [
    ReportColumn("layer", "layer"), ReportColumn("algorithm", "algorithm"),
    ReportColumn("output", "output"), ReportColumn("macs", "MMAC", scale: 1e-6, digits: 1),
    ReportColumn("time_ns", "ms", scale: 1e-6, digits: 3),
    ReportColumn("share", "share %", scale: 100, digits: 1),
    ReportColumn("gflops", "GFLOP/s", digits: 0), ReportColumn("gbs", "GB/s", digits: 1),
    ReportColumn("operations_per_byte", "FLOP/byte", digits: 1),
    ReportColumn("roof_gflops", "roof GFLOP/s", digits: 0),
    ReportColumn("bound", "bound by"), ReportColumn("of_roof", "of roof %", scale: 100, digits: 0),
    ReportColumn("model", "model", isForProgramsOnly: true),
    ReportColumn("batch", "batch", isForProgramsOnly: true),
    ReportColumn("threads", "threads", isForProgramsOnly: true),
    ReportColumn("tuned", "tuned", isForProgramsOnly: true),
  ]

  private static func section(
    _ prepared: PreparedScenario, _ times: [Double], _ roof: Roofline
  ) -> ReportSection {
    let scenario = prepared.scenario
    var section = ReportSection(
      "\(prepared.modelName) \(scenario.form.rawValue) \(prepared.plan.input)"
        + " threads \(scenario.threadCount)",
      title: "\(prepared.modelName), \(scenario.form.rawValue) form, input"
        + " \(prepared.plan.input), \(scenario.threadCount) threads"
        + (prepared.plan.isTuned ? ", tuned" : ""),
      columns: columns)
    let total = times.reduce(0, +)
    func row(
      _ name: String, _ algorithm: String, _ output: String, macs: Int, bytes: Int, time: Double
    ) -> [JSONValue] {
      let operations = 2 * Double(macs)
      let intensity = bytes > 0 ? operations / Double(bytes) : .nan
      let ceiling = macs > 0 && bytes > 0 ? roof.ceiling(operationsPerByte: intensity) : .nan
      let bound = ceiling.isNaN ? "" : ceiling < roof.peakGigaflops ? "memory" : "compute"
      return [
        .string(name), .string(algorithm), .string(output), .integer(macs), .double(time),
        .double(time / total), .double(macs > 0 ? operations / time : .nan),
        .double(bytes > 0 ? Double(bytes) / time : .nan), .double(intensity), .double(ceiling),
        .string(bound), .double(operations / time / ceiling), .string(prepared.modelName),
        .integer(scenario.batch), .integer(scenario.threadCount), .bool(prepared.plan.isTuned),
      ].map { $0.doubleValue?.isNaN == true ? .null : $0 }
    }
    var sums = (macs: 0, bytes: 0)
    for (step, time) in zip(prepared.plan.stepDescriptions, times) {
      let bytes = step.weightByteCount + (step.convolution?.activationByteCount ?? 0)
      sums.macs += step.multiplicationCount
      sums.bytes += bytes
      let output = step.convolution.map {
        "\($0.destination.channels)x\($0.destination.height)x\($0.destination.width)"
      }
      section.rows.append(
        row(
          step.name, step.algorithm, output ?? "", macs: step.multiplicationCount, bytes: bytes,
          time: time))
    }
    section.rows.append(
      row("all", "", "", macs: sums.macs, bytes: sums.bytes, time: total))
    section.notes = [
      "Measured on \(roof.threadCount) threads: peak "
        + TextFormat.fixed(roof.peakGigaflops, digits: 0) + " GFLOP/s, bandwidth "
        + TextFormat.fixed(roof.gigabytesPerSecond, digits: 1) + " GB/s."
    ]
    return section
  }
}

extension ConvolutionShape {
  /// Bytes of the pixels that a layer reads and writes, each once, without borders and padding.
  var activationByteCount: Int {
    let read = source.batch * source.height * source.width * source.channels
    return 4
      * (read + destination.batch * destination.height * destination.width
        * destination.channels)
  }
}
