/// Decodes the messages of an ONNX file.
///
/// Every part of the structure takes at least two bytes and is counted, so time and memory stay
/// proportional to the structure. Subgraphs are not entered, so nothing here recurses.
struct ONNXDecoder {
  /// The most nodes of a graph, and of other parts of one kind; large networks have some thousands.
  static let partLimit = Checkpoint.tensorLimit
  /// The most names of inputs and outputs of all nodes.
  private static let nameLimit = 8 * partLimit

  let file: InputFile
  var reader: ONNXWireReader
  var externalFiles: ONNXExternalFiles
  private var nameCount = 0

  init(_ file: InputFile) {
    self.file = file
    reader = ONNXWireReader(file)
    externalFiles = ONNXExternalFiles(of: file)
  }

  /// Checks that the bytes belong to the files that were opened.
  func checkUnchanged() throws(RepVGGError) {
    try file.checkUnchanged()
    try externalFiles.checkUnchanged()
  }

  /// The model that takes up the whole file.
  mutating func model() throws(RepVGGError) -> ONNXModel {
    guard try ONNXReader.recognizes(file) else {
      throw RepVGGError(.badData, "is not an ONNX model: it does not begin as one")
    }
    var model = ONNXModel(irVersion: 0)
    var hasGraph = false
    var message = ONNXMessage(0..<file.byteCount)
    while let field = try reader.field(of: &message) {
      switch field.number {
      case ONNXFields.Model.irVersion: model.irVersion = Int(try field.integer)
      case ONNXFields.Model.producerName: model.producer = try text(field)
      case ONNXFields.Model.producerVersion: model.producerVersion = try text(field)
      case ONNXFields.Model.opsetImport:
        try checkCount(model.opsets.count, "sets of operators")
        model.opsets.append(try opset(field.bytes))
      case ONNXFields.Model.metadata:
        try checkCount(model.metadata.count, "entries of metadata")
        model.metadata.append(try entry(field.bytes))
      case ONNXFields.Model.graph:
        guard !hasGraph else { throw RepVGGError(.badData, "has two graphs") }
        hasGraph = true
        model.graph = try graph(field.bytes)
      case ONNXFields.Model.functions:
        throw RepVGGError(
          .unsupported,
          "has local functions, which are not supported; inline them by"
            + " onnx.inliner.inline_local_functions")
      // What training adds does not change what the graph computes.
      default: break
      }
    }
    guard hasGraph else { throw RepVGGError(.badData, "has no graph") }
    return model
  }

  private mutating func opset(_ range: Range<Int>) throws(RepVGGError) -> ONNXOpset {
    var opset = ONNXOpset(version: 0)
    var message = ONNXMessage(range)
    while let field = try reader.field(of: &message) {
      switch field.number {
      case ONNXFields.OperatorSet.domain: opset.domain = try domain(field)
      case ONNXFields.OperatorSet.version: opset.version = Int(try field.integer)
      default: break
      }
    }
    return opset
  }

  mutating func entry(_ range: Range<Int>) throws(RepVGGError) -> ONNXMetadata {
    var entry = ONNXMetadata(key: "", value: "")
    var message = ONNXMessage(range)
    while let field = try reader.field(of: &message) {
      switch field.number {
      case ONNXFields.Entry.key: entry.key = try text(field)
      case ONNXFields.Entry.value: entry.value = try text(field)
      default: break
      }
    }
    return entry
  }
}

// MARK: - Graphs

extension ONNXDecoder {
  private mutating func graph(_ range: Range<Int>) throws(RepVGGError) -> ONNXGraph {
    var graph = ONNXGraph()
    var names: Set<UTF8Name> = []
    var message = ONNXMessage(range)
    while let field = try reader.field(of: &message) {
      switch field.number {
      case ONNXFields.Graph.name: graph.name = try text(field)
      case ONNXFields.Graph.node:
        try checkCount(graph.nodes.count, "nodes")
        graph.nodes.append(try node(field.bytes, index: graph.nodes.count))
      case ONNXFields.Graph.initializer:
        try checkCount(graph.initializers.count, "initializers")
        let tensor = try initializer(field.bytes, index: graph.initializers.count)
        guard names.insert(UTF8Name(tensor.name)).inserted else {
          throw RepVGGError(.badData, "two initializers have this name").inTensor(tensor.name)
        }
        graph.initializers.append(tensor)
      case ONNXFields.Graph.input:
        try checkCount(graph.inputs.count, "inputs")
        graph.inputs.append(try value(field.bytes, "input \(graph.inputs.count)"))
      case ONNXFields.Graph.output:
        try checkCount(graph.outputs.count, "outputs")
        graph.outputs.append(try value(field.bytes, "output \(graph.outputs.count)"))
      case ONNXFields.Graph.sparseInitializer:
        throw RepVGGError(.unsupported, "has sparse initializers; store them as dense tensors")
      // Shapes of intermediate values are computed, and annotations of quantization are hints.
      default: break
      }
    }
    return graph
  }

  private mutating func initializer(
    _ range: Range<Int>, index: Int
  ) throws(RepVGGError) -> Tensor {
    let tensor: Tensor
    do throws(RepVGGError) {
      tensor = try self.tensor(range)
    } catch {
      throw error.tensor == nil ? error.inONNX("initializer \(index)") : error
    }
    guard !tensor.name.isEmpty else {
      throw RepVGGError(.badData, "initializer \(index) has no name")
    }
    return tensor
  }

  private mutating func node(_ range: Range<Int>, index: Int) throws(RepVGGError) -> ONNXNode {
    var node = ONNXNode(type: "", inputs: [], outputs: [])
    do throws(RepVGGError) {
      var message = ONNXMessage(range)
      while let field = try reader.field(of: &message) {
        switch field.number {
        case ONNXFields.Node.input: node.inputs.append(try valueName(field))
        case ONNXFields.Node.output: node.outputs.append(try valueName(field))
        case ONNXFields.Node.name: node.name = try text(field)
        case ONNXFields.Node.type: node.type = try text(field)
        case ONNXFields.Node.domain: node.domain = try domain(field)
        case ONNXFields.Node.attribute:
          try checkCount(node.attributes.count, "attributes")
          node.attributes.append(
            try attribute(field.bytes, index: node.attributes.count))
        default: break
        }
      }
      guard !node.type.isEmpty else { throw RepVGGError(.badData, "names no operator") }
    } catch {
      throw error.inONNX("node \(index) '\((node.name.isEmpty ? node.type : node.name).printable)'")
    }
    return node
  }

  /// The name of a value that a node reads or writes.
  private mutating func valueName(_ field: ONNXField) throws(RepVGGError) -> String {
    nameCount += 1
    guard nameCount <= Self.nameLimit else {
      throw RepVGGError(.unsupported, "the graph has more than \(Self.nameLimit) edges")
    }
    return try text(field)
  }
}

// MARK: - Parts

extension ONNXDecoder {
  /// Checks that a list may grow.
  func checkCount(_ count: Int, _ parts: String) throws(RepVGGError) {
    guard count < Self.partLimit else {
      throw RepVGGError(.unsupported, "has more than \(Self.partLimit) \(parts)")
    }
  }

  /// A text of which nothing can make a comparison or a message take long.
  func text(_ field: ONNXField) throws(RepVGGError) -> String {
    let bytes = try reader.bytes(field.bytes)
    guard let text = String(validating: bytes, as: UTF8.self), text.isStreamSafe else {
      throw RepVGGError(
        .badData,
        "field \(field.number) is not a text in UTF-8:"
          + " '\(String(decoding: bytes.prefix(1024), as: UTF8.self).printable)'")
    }
    return text
  }

  /// The domain of operators; ONNX's own has two names.
  private func domain(_ field: ONNXField) throws(RepVGGError) -> String {
    let domain = try text(field)
    return domain.utf8.elementsEqual("ai.onnx".utf8) ? "" : domain
  }
}

extension RepVGGError {
  /// The same error with the part of a model that it is about, outermost first.
  func inONNX(_ part: String) -> RepVGGError {
    // That a file cannot be read does not concern a single part.
    guard kind != .inputOutput else { return self }
    var copy = self
    copy.reason = "\(part): \(reason)"
    return copy
  }
}
