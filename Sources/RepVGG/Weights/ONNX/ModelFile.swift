/// A file of a model: named tensors, or a graph with them.
package enum ModelFile: Sendable {
  /// PyTorch's or safetensors: what is computed follows from the names.
  case checkpoint(Checkpoint)
  /// ONNX.
  case graph(ONNXModel)

  /// Reads a file; its content decides the format, not its name.
  ///
  /// - Throws: What ``Checkpoint/init(contentsOf:)`` throws, and the same for an ONNX model.
  package init(contentsOf path: String) throws(RepVGGError) {
    let file = try InputFile(path: path) { start throws(RepVGGError) in
      if try ONNXReader.recognizes(start) { return }
      guard try Checkpoint.Format(of: start) == nil else { return }
      throw RepVGGError(.badData, try Checkpoint.Format.reasonForUnknown(start), file: path)
    }
    if try Checkpoint.Format(of: file) == nil, try ONNXReader.recognizes(file) {
      self = .graph(try ONNXReader.read(file))
    } else {
      self = .checkpoint(try Checkpoint(parsing: file))
    }
  }
}
