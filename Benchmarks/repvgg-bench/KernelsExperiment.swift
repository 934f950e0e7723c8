import CommandLineKit
import Measurement
import RepVGG
import ToolSupport
import TextFormats

/// `repvgg-bench kernels`: every layer of the plain network against its bare sgemm.
enum KernelsExperiment {
  static let command = Command(
    "kernels", summary: "Time of every layer next to the sgemm call of its size",
    discussion: """
      As im2col and sgemm, a layer of 3x3 convolutions is a product of pixels by taps with taps by \
      channels. The bare product is timed with operands that are already in place, on as many \
      threads, in the same run. The ratio is the layer's time over that of the product; it is \
      below 1 if the layer is faster than any such product.
      """,
    arguments: [
      BenchArguments.models, BenchArguments.weights, BenchArguments.batches,
      BenchArguments.threads, BenchArguments.sizes, BenchArguments.seed,
      BenchArguments.minimumTime, BenchArguments.format,
    ] + NetworkArguments.all, constraints: [BenchArguments.oneSource]
  ) { arguments in
    guard let source = try NetworkSource.all(arguments).first,
      let batch = arguments[BenchArguments.batches].first,
      let threads = arguments[BenchArguments.threads].first
    else { throw UsageError("one model, batch and thread count must be given") }
    let edge = try source.network().origin.inputSize
    let size = arguments[BenchArguments.sizes].first ?? PixelSize(height: edge, width: edge)
    let prepared = try PreparedScenario(
      Scenario(source: source, form: .plain, batch: batch, threadCount: threads, size: size))
    let rows = try measure(prepared, arguments[BenchArguments.minimumTime])
    try StandardOutput.write(
      text(rows, prepared, arguments[BenchArguments.format]))
    return SignalTrap.isInterrupted ? .interrupted : .success
  }

  struct Row {
    let description: StepDescription
    let layerNanoseconds: Double
    let productNanoseconds: Double
    var ratio: Double { layerNanoseconds / productNanoseconds }
  }

  /// Runs of the network and of all products take turns; medians are reported.
  private static func measure(
    _ prepared: PreparedScenario, _ minimumTime: Duration
  ) throws -> [Row] {
    let steps = prepared.plan.stepDescriptions
    let layers = steps.indices.filter { steps[$0].convolution != nil }
    let product = try BareProduct(
      layers.compactMap { steps[$0].convolution }, threadCount: prepared.scenario.threadCount)
    var layerTimes = [[Double]](repeating: [], count: layers.count)
    var productTimes = layerTimes
    let clock = MonotonicClock()
    let start = clock.nowNanoseconds()
    var rounds = 0
    while !SignalTrap.isInterrupted {
      let times = try prepared.stepNanoseconds()
      for (index, layer) in layers.enumerated() {
        let before = clock.nowNanoseconds()
        product.run(index)
        let elapsed = Double(clock.nowNanoseconds() - before)
        // The first round warms up.
        guard rounds > 0 else { continue }
        productTimes[index].append(elapsed)
        layerTimes[index].append(Double(times[layer]))
      }
      rounds += 1
      if rounds > 5, clock.nowNanoseconds() - start > UInt64(max(0, minimumTime.nanosecondsValue)) {
        break
      }
    }
    return layers.indices.filter { !layerTimes[$0].isEmpty }.map {
      Row(
        description: steps[layers[$0]],
        layerNanoseconds: SampleSummary(layerTimes[$0])?.median ?? .nan,
        productNanoseconds: SampleSummary(productTimes[$0])?.median ?? .nan)
    }
  }

  private static func text(
    _ rows: [Row], _ prepared: PreparedScenario, _ format: ReportFormat
  ) -> String {
    let system = BenchSystem.description()
    let layerSum = rows.reduce(0) { $0 + $1.layerNanoseconds }
    let productSum = rows.reduce(0) { $0 + $1.productNanoseconds }
    if format == .json {
      let document: JSONValue = [
        "schema_version": 1, "experiment": "kernels",
        "started_at": .string(BenchSystem.startedAt), "system": BenchSystem.json(system),
        "interrupted": .bool(SignalTrap.isInterrupted),
        "model": .string(prepared.modelName), "batch": .integer(prepared.scenario.batch),
        "threads": .integer(prepared.scenario.threadCount),
        "rows": .array(
          rows.map { row in
            [
              "layer": .string(row.description.name),
              "algorithm": .string(row.description.algorithm),
              "macs": .integer(row.description.multiplicationCount),
              "layer_ns": .double(row.layerNanoseconds),
              "sgemm_ns": .double(row.productNanoseconds),
              "ratio": .double(row.ratio),
            ]
          }),
        "total": [
          "layer_ns": .double(layerSum), "sgemm_ns": .double(productSum),
          "ratio": .double(layerSum / productSum),
        ],
      ]
      return JSONWriter().text(document) + "\n"
    }
    var table = TextTable(
      "layer", "algorithm", "pixels x taps x channels", "layer ms", "sgemm ms", "ratio",
      "layer GFLOP/s")
    func milliseconds(_ nanoseconds: Double) -> String {
      TextFormat.fixed(nanoseconds / 1e6, digits: 3)
    }
    for row in rows {
      let shape = row.description.convolution.map {
        "\($0.pixelCount)x\($0.depth)x\($0.outputChannelsPerGroup)"
          + ($0.groups > 1 ? " x\($0.groups)" : "")
      }
      table.append([
        row.description.name, row.description.algorithm, shape ?? "",
        milliseconds(row.layerNanoseconds), milliseconds(row.productNanoseconds),
        TextFormat.fixed(row.ratio, digits: 2),
        TextFormat.fixed(
          2 * Double(row.description.multiplicationCount) / row.layerNanoseconds, digits: 0),
      ])
    }
    table.append([
      "all", "", "", milliseconds(layerSum), milliseconds(productSum),
      TextFormat.fixed(layerSum / productSum, digits: 2), "",
    ])
    switch format {
    case .csv: return table.csv()
    case .md: return BenchSystem.markdownHeader(system) + "\n" + table.markdown()
    default: return BenchSystem.header(system) + "\n" + table.text()
    }
  }
}

extension ConvolutionShape {
  /// Output pixels of the whole batch: rows of the product.
  var pixelCount: Int { destination.batch * destination.height * destination.width }
  /// Input values of one output: depth of the product.
  var depth: Int { tapCount * inputChannelsPerGroup }
}
