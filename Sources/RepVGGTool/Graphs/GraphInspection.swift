import CommandLineKit
import RepVGG
import TextFormats
import ToolSupport

/// What an ONNX file contains: inputs, outputs, operators, and what becomes of its linear regions.
struct GraphInspection {
  let path: String
  let model: ONNXModel

  func report(_ arguments: Arguments) throws -> ExitCode {
    let network = try Network(model, file: path)
    let merging = try network.mergingRegions(cancellation: .interruption)
    let before = try network.graphCounts()
    let after = try merging.network.graphCounts()
    let opset = model.opsets.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version ?? 0
    let facts = try network.facts()
    let outputs = network.outputs.map { ($0.name, facts[$0.node.index]) }
    let inputs = zip(network.nodes, facts).compactMap { node, facts in
      if case .input = node.operation { (node.name, facts) } else { nil }
    }
    if arguments[SharedArguments.json] {
      let value: ([(String, TensorFacts)]) -> JSONValue = { values in
        .array(
          values.map {
            [
              "name": .string($0.0), "type": .string($0.1.elementType.rawValue),
              "shape": .string($0.1.dimensions?.text ?? "?"),
            ]
          })
      }
      let report: JSONValue = [
        "schema_version": 1, "file": .string(path), "format": "onnx",
        "producer": .string(model.producer), "opset": .integer(opset),
        "ir_version": .integer(model.irVersion), "inputs": value(inputs),
        "outputs": value(outputs), "operators": counts(model),
        "params": .integer(before.parameters), "convolutions": .integer(before.convolutions),
        "merged": [
          "params": .integer(after.parameters), "convolutions": .integer(after.convolutions),
          "operators": .integer(after.operators),
        ],
        "regions": .array(
          merging.regions.map {
            [
              "name": .string($0.name), "source": .string($0.source),
              "operators": .integer($0.operatorCount),
              "convolutions": .integer($0.convolutionCount), "result": .string($0.result),
            ]
          }),
        "unmerged": .array(
          merging.unmerged.map { ["node": .string($0.name), "reason": .string($0.reason)] }),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
    } else {
      try StandardOutput.write(text(opset, inputs, outputs, before, after, merging))
    }
    return .success
  }

  private func counts(_ model: ONNXModel) -> JSONValue {
    var counts = JSONObject()
    for (type, count) in typeCounts { counts[type] = .integer(count) }
    return .object(counts)
  }

  private var typeCounts: [(String, Int)] {
    Dictionary(grouping: model.graph.nodes, by: \.type).map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }

  private func text(
    _ opset: Int, _ inputs: [(String, TensorFacts)], _ outputs: [(String, TensorFacts)],
    _ before: GraphCounts, _ after: GraphCounts, _ merging: RegionMerging
  ) -> String {
    func list(_ values: [(String, TensorFacts)]) -> String {
      values.map { name, facts in
        "\(name) \(facts.dimensions?.text ?? "?")"
          + (facts.elementType == .float32 ? "" : " \(facts.elementType.rawValue)")
      }.joined(separator: ", ")
    }
    let types = typeCounts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let lines = [
      ("file", path), ("format", "onnx, operator set \(opset), by \(model.producer)"),
      ("inputs", list(inputs)), ("outputs", list(outputs)), ("operators", types),
      ("convolutions", "\(before.convolutions) (merged \(after.convolutions))"),
      ("parameters", "\(before.parameters) (merged \(after.parameters))"),
    ]
    var text = lines.map {
      $0.0.padding(to: 14) + $0.1.escapedForDisplay + "\n"
    }.joined()
    let merged = merging.regions.filter { $0.operatorCount > 1 }
    if !merged.isEmpty { text += "\nregions that merge:\n" }
    for region in merged {
      text +=
        "  \(region.name): \(region.operatorCount) operators,".escapedForDisplay
        + " \(region.convolutionCount) convolutions -> \(region.result)\n"
    }
    if !merging.unmerged.isEmpty { text += "\nnot merged:\n" }
    for node in merging.unmerged {
      text += "  \(node.name) \(node.reason)".escapedForDisplay + "\n"
    }
    return text
  }
}

extension String {
  /// The text with blanks after it up to a width.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}
