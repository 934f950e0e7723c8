extension ONNXModel {
  /// Operator sets that are written.
  package static let writtenOpsets = 13...22

  /// A network as an ONNX model.
  ///
  /// - Parameters:
  ///   - network: Any network; linear regions of several operators are written as what they reduce to.
  ///   - opset: The version of the operators; nil for 17, or the first later one that has them all.
  ///   - producerVersion: The version of the program that writes.
  ///   - metadata: Free text by key, written in the order of the keys' bytes.
  /// - Throws: `invalidArgument` for an operator set that is not written, `unsupported` for what the
  ///   operator set does not have, `badData` for weights that cannot be merged.
  package init(
    _ network: Network, opset: Int? = nil, producerVersion: String = "",
    metadata: [String: String] = [:]
  ) throws(RepVGGError) {
    let version: Int
    if let opset { version = opset } else { version = try Self.opset(for: network) }
    guard Self.writtenOpsets.contains(version) else {
      throw RepVGGError(
        .invalidArgument,
        "operator set \(version) is not written; choose one from \(Self.writtenOpsets.lowerBound) to"
          + " \(Self.writtenOpsets.upperBound)")
    }
    self.init(
      producer: "repvgg", producerVersion: producerVersion,
      opsets: [ONNXOpset(version: version)],
      graph: try network.named { () throws(RepVGGError) in
        var exporter = try ONNXExporter(network, opset: version)
        return try exporter.exported()
      },
      metadata: metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { ONNXMetadata(key: $0.key, value: $0.value) })
  }

  /// The first version from 17 on that has all operations of a network; 17 if none has.
  private static func opset(for network: Network) throws(RepVGGError) -> Int {
    let facts = try network.facts()
    func has(_ opset: Int) -> Bool {
      network.nodes.allSatisfy { node in
        guard case .tensor(let function) = node.operation else { return true }
        let known = function.arguments(node.inputs.map { facts[$0.index] })
        return (try? function.operation.specialized(for: known).written(opset: opset)) != nil
      }
    }
    return (17...writtenOpsets.upperBound).first(where: has) ?? 17
  }
}
