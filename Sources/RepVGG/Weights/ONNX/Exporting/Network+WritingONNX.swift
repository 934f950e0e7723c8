extension Network {
  /// Writes the network as an ONNX file.
  ///
  /// Linear regions of several operators are written as what they reduce to. Equal networks produce
  /// equal bytes, and the file appears complete or not at all; if it would have more than 2 GB, the
  /// weights are in a second file, `<path>.data`.
  ///
  /// - Parameters:
  ///   - path: The file to create.
  ///   - opset: The version of ONNX's operators, 13 to 22; nil for 17, or the first later one that has
  ///     all that the network needs.
  ///   - producerVersion: The version of the program that writes.
  ///   - metadata: Free text by key.
  ///   - replacing: Whether an existing file may be replaced.
  /// - Throws: `cannotCreate` or `inputOutput` if the file cannot be written, `unsupported` for what
  ///   the operator set does not have, `badData` for weights that cannot be merged.
  public func write(
    onnx path: String, opset: Int? = nil, producerVersion: String = "",
    metadata: [String: String] = [:], replacing: Bool = false
  ) throws(RepVGGError) {
    try ONNXWriter.write(
      ONNXModel(self, opset: opset, producerVersion: producerVersion, metadata: metadata),
      to: path, replacing: replacing)
  }

  /// The tensors of the network as an ONNX file would name them.
  ///
  /// - Throws: What ``write(onnx:opset:producerVersion:metadata:replacing:)`` throws before it writes.
  package func namedTensors() throws(RepVGGError) -> Checkpoint {
    let model = try ONNXModel(self)
    return Checkpoint(
      tensors: Dictionary(model.graph.initializers.map { ($0.name, $0) }) { $1 })
  }
}
