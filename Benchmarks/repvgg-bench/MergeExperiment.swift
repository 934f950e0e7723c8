import CommandLineKit
import RepVGG
import TextFormats
import ToolSupport

/// `repvgg-bench merge`: what merging takes away from graphs, counted, not timed.
enum MergeExperiment {
  private static let files = Positional(
    "FILE", .each(.inputFile("onnx", "safetensors", "pth")),
    help: "Graphs or checkpoints.")
  private static let size = Option(
    "size", short: "s", .pixelSize(1...8192), defaultText: "the graph's, or 224",
    help: "Input size where the graph leaves it open, H or HxW.")
  private static let regions = Flag("regions", help: "Also list every region that merges.")

  static let command = Command(
    "merge", summary: "Operators, weights and multiplications before and after merging",
    discussion: """
      Counts what a graph holds as trained and after its linear regions are merged: operators, \
      convolutions, parameters, multiply-accumulates, and the activations that are alive at a time \
      if each is released after its last reader. One image unless the graph fixes the batch.
      """,
    arguments: [files, size, regions, BenchArguments.format] + NetworkArguments.all,
    examples: [
      Command.Example("repvgg-bench merge model.onnx --regions", "every region of a graph")
    ]
  ) { arguments in
    var report = ExperimentReport("merge", arguments)
    for path in arguments[files] where !SignalTrap.isInterrupted {
      let network = try ModelFile(named: path).network(arguments, path: path)
      let graph = network.isMerged ? network : try network.operators()
      let merging = try graph.mergingRegions(cancellation: .interruption)
      let shapes = try GraphInputs.shapes(
        of: network, size: arguments[size] ?? PixelSize(height: 224, width: 224))
      report.sections.append(try totals(path, graph, merging.network, shapes))
      if arguments[regions] { report.sections.append(try list(path, merging, shapes)) }
    }
    try report.write()
    return .success
  }

  private static func totals(
    _ path: String, _ graph: Network, _ merged: Network, _ shapes: [String: [Int]]
  ) throws(RepVGGError) -> ReportSection {
    let inputs = shapes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    var section = ReportSection(
      "merge", title: "\(path.escapedForDisplay), \(inputs.joined(separator: ", "))",
      columns: [
        ReportColumn("file", "file", isForProgramsOnly: true), ReportColumn("form", "graph"),
        ReportColumn("operators", "operators"), ReportColumn("convolutions", "convolutions"),
        ReportColumn("params", "parameters"),
        ReportColumn("macs", "M MACs", scale: 1e-6, digits: 2),
        ReportColumn("activation_bytes", "MiB written", scale: 1.0 / 1_048_576),
        ReportColumn("live_bytes", "MiB alive", scale: 1.0 / 1_048_576),
      ])
    for (form, network) in [("trained", graph), ("merged", merged)] {
      let counts = try network.graphCounts()
      let costs = try network.graphCosts(shapes: shapes)
      section.rows.append([
        .string(path), .string(form), .integer(counts.operators), .integer(counts.convolutions),
        .integer(counts.parameters), .integer(costs.multiplyAccumulates),
        .integer(costs.activationBytes), .integer(costs.liveBytes),
      ])
    }
    return section
  }

  private static func list(
    _ path: String, _ merging: RegionMerging, _ shapes: [String: [Int]]
  ) throws(RepVGGError) -> ReportSection {
    var section = ReportSection(
      "regions", title: "Regions that merge",
      columns: [
        ReportColumn("file", "file", isForProgramsOnly: true), ReportColumn("region", "region"),
        ReportColumn("operators", "operators"), ReportColumn("convolutions", "convs"),
        ReportColumn("macs_before", "M MACs", scale: 1e-6, digits: 3),
        ReportColumn("macs_after", "merged", scale: 1e-6, digits: 3),
        ReportColumn("result", "becomes"),
      ])
    let network = merging.network.taking(shapes)
    let facts = try network.facts()
    let places = Dictionary(network.nodes.enumerated().map { ($1.name, $0) }) { $1 }
    for region in merging.regions where region.operatorCount > 1 {
      guard let node = places[region.name], let source = network.nodes[node].inputs.first,
        let shape = facts[source.index].shape, shape.count == 4
      else { continue }
      func count(_ form: Form) throws(RepVGGError) -> Int {
        try shape[0]
          * region.expression.counts(
            form: form, channels: shape[1], height: shape[2], width: shape[3]
          ).multiplyAccumulates
      }
      section.rows.append([
        .string(path), .string(region.name), .integer(region.operatorCount),
        .integer(region.convolutionCount), .integer(try count(.branched)),
        .integer(try count(.plain)), .string(region.result),
      ])
    }
    section.notes = merging.unmerged.map { "Not merged: \($0.name.printable) \($0.reason)." }
    return section
  }
}

extension Network {
  /// The graph of single operators: an architecture's blocks are regions already.
  fileprivate func operators() throws(RepVGGError) -> Network {
    origin.family == .onnx ? self : try written(in: .branched)
  }
}
