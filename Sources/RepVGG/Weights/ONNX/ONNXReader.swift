/// Reads ONNX files: operators, their attributes and their tensors, without knowing what they mean.
///
/// The format is that of `onnx.proto`, in the wire format of Protocol Buffers. The elements of
/// tensors stay in the file.
package enum ONNXReader {
  /// The model of a file.
  ///
  /// - Throws: `badData` for a file that contradicts itself or the format, `unsupported` for local
  ///   functions, sparse initializers and too many parts, `missingInput` for external data that is
  ///   not there. The error names file and node or tensor. If the library does not support an
  ///   element type, only reading these elements is an error.
  package static func read(_ file: InputFile) throws(RepVGGError) -> ONNXModel {
    try reading(file) { decoder throws(RepVGGError) in try decoder.model() }
  }

  /// The tensor of a file that holds nothing but one `TensorProto`, as ONNX's test data do.
  ///
  /// - Throws: as ``read(_:)``.
  package static func tensor(_ file: InputFile) throws(RepVGGError) -> Tensor {
    try reading(file) { decoder throws(RepVGGError) in
      try decoder.tensor(0..<file.byteCount)
    }
  }

  private static func reading<Result>(
    _ file: InputFile, _ body: (inout ONNXDecoder) throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    do throws(RepVGGError) {
      var decoder = ONNXDecoder(file)
      let result = try body(&decoder)
      try decoder.checkUnchanged()
      return result
    } catch {
      // If the bytes are of two versions, whatever is wrong with them means nothing.
      try file.checkUnchanged()
      throw error.inFile(file.path)
    }
  }

  /// Whether a file, or the beginning of one, is that of an ONNX model: fields of a model, each of
  /// its type, with a plausible version of the format or a graph among them.
  package static func recognizes(_ file: InputFile) throws(RepVGGError) -> Bool {
    var reader = ONNXWireReader(file)
    var message = ONNXMessage(0..<file.byteCount)
    var hasVersion = false
    // Only the first fields count; what comes after may be damaged.
    for index in 0..<8 where message.position < message.end {
      guard let key = try? reader.key(of: &message) else { return false }
      // A later version may have further fields.
      guard key.wireType == wireTypes[key.number] ?? (hasVersion ? key.wireType : nil) else {
        return false
      }
      guard let value = try? reader.value(ofType: key.wireType, in: &message) else {
        // The version is the first field of every known writer; here the file is cut.
        return hasVersion
      }
      if key.number == ONNXFields.Model.irVersion {
        guard case .varint(1...255) = value else { return false }
        hasVersion = true
        // One small number is not enough.
        if index == 0, message.position == message.end { return false }
      } else if key.number == ONNXFields.Model.producerName, case .bytes(let range) = value {
        // TensorFlow's models have a graph here.
        guard range.count < 1024 else { return false }
      } else if key.number == ONNXFields.Model.graph, case .bytes(let range) = value {
        var graph = ONNXMessage(range)
        guard let first = try? reader.key(of: &graph) else { return hasVersion }
        return hasVersion || (first.number == ONNXFields.Graph.node && first.wireType == 2)
      }
    }
    return hasVersion
  }

  /// The wire types of a model's fields.
  private static let wireTypes: [Int: Int] = [
    ONNXFields.Model.irVersion: 0, ONNXFields.Model.producerName: 2,
    ONNXFields.Model.producerVersion: 2, ONNXFields.Model.domain: 2,
    ONNXFields.Model.modelVersion: 0, ONNXFields.Model.documentation: 2,
    ONNXFields.Model.graph: 2, ONNXFields.Model.opsetImport: 2, ONNXFields.Model.metadata: 2,
    ONNXFields.Model.trainingInfo: 2, ONNXFields.Model.functions: 2,
  ]
}
