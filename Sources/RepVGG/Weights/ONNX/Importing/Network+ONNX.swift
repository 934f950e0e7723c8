extension Network {
  /// The network of an ONNX file.
  ///
  /// Nodes are named after the values that they compute. What depends on constants alone is
  /// computed; linear regions are merged to nodes by ``mergingRegions(cancellation:)``.
  ///
  /// - Parameter path: The model; external data are read from its folder.
  /// - Throws: `missingInput` for a file that cannot be opened, `badData` for one that is corrupt,
  ///   `unsupported` for an operator that the library does not have, by its name.
  public init(onnx path: String) throws(RepVGGError) {
    try self.init(ONNXReader.read(InputFile(path: path)), file: path)
  }

  /// The network of a model.
  package init(_ model: ONNXModel, file: String? = nil) throws(RepVGGError) {
    do throws(RepVGGError) {
      self = try Self.imported(model, file: file)
    } catch {
      guard let file else { throw error }
      throw error.inFile(file)
    }
  }

  private static func imported(
    _ model: ONNXModel, file: String?
  ) throws(RepVGGError) -> Network {
    let opset = try model.standardOpset
    var importer = ONNXImporter(
      opset: opset,
      constantElementCount: model.graph.initializers.reduce(0) { $0 + $1.count })
    for tensor in model.graph.initializers { try importer.define(tensor.name, .constant(tensor)) }
    let constants = Set(model.graph.initializers.map { UTF8Name($0.name) })
    // An input with an initializer has a default, which is used.
    for input in model.graph.inputs where !constants.contains(UTF8Name(input.name)) {
      guard input.elementType != .unsupported else {
        throw RepVGGError(
          .unsupported, "the input '\(input.name.printable)' is not a tensor of numbers")
      }
      let type = InputType(elementType: input.elementType, dimensions: input.dimensions)
      try importer.define(input.name, .node(importer.append(input.name, .input(type), [])))
    }
    for (index, node) in model.graph.nodes.enumerated() {
      do throws(RepVGGError) { try importer.read(node) } catch {
        throw error.atNode(node, index)
      }
    }
    var outputs: [Output] = []
    for output in model.graph.outputs {
      outputs.append(
        Output(name: output.name, node: NodeID(try importer.place(of: output.name))))
    }
    guard !outputs.isEmpty else { throw RepVGGError(.badData, "the graph has no outputs") }
    let network = Network(
      nodes: importer.nodes, outputs: outputs,
      origin: Origin(
        file: file, family: .onnx, architecture: model.graph.name.printable,
        metadata: model.shortMetadata))
    let simplified = network.withoutUnneededNodes.recognizingActivations()
    return simplified.recognizingVectors(try simplified.facts())
  }

  /// The network without nodes that no output depends on; inputs stay.
  var withoutUnneededNodes: Network {
    var needed = nodes.map { if case .input = $0.operation { true } else { false } }
    for output in outputs { needed[output.node.index] = true }
    for index in nodes.indices.reversed() where needed[index] {
      for input in nodes[index].inputs { needed[input.index] = true }
    }
    return keeping(needed)
  }

  /// The network of the nodes that are kept, on which nothing else depends.
  func keeping(_ needed: [Bool]) -> Network {
    var places = [Int](repeating: 0, count: nodes.count)
    var network = self
    network.nodes = []
    for (index, node) in nodes.enumerated() where needed[index] {
      var node = node
      node.inputs = node.inputs.map { NodeID(places[$0.index]) }
      places[index] = network.nodes.count
      network.nodes.append(node)
    }
    network.outputs = outputs.map { Output(name: $0.name, node: NodeID(places[$0.node.index])) }
    return network
  }
}

extension Family {
  /// A graph from an ONNX file.
  public static let onnx = Family(rawValue: "onnx")
}

extension ONNXModel {
  /// The metadata whose keys are words; Swift takes long to compare names that are made to be slow.
  package var shortMetadata: [String: String] {
    Dictionary(
      metadata.prefix(4096).filter { $0.key.utf8.count <= 256 }.map { ($0.key, $0.value) }
    ) { $1 }
  }

  /// The version of ONNX's own operators.
  ///
  /// - Throws: `unsupported` for versions that the library does not read.
  fileprivate var standardOpset: Int {
    get throws(RepVGGError) {
      let version = opsets.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version
      guard let version, (7...22).contains(version) else {
        throw RepVGGError(
          .unsupported,
          version.map { "has operator set \($0); sets 7 to 22 are read" }
            ?? "does not say which operator set it uses")
      }
      return version
    }
  }
}

extension RepVGGError {
  /// The same error with the node of the graph.
  fileprivate func atNode(_ node: ONNXNode, _ index: Int) -> RepVGGError {
    let name = node.name.isEmpty ? node.outputs.first ?? "" : node.name
    return RepVGGError(
      kind, "node \(index) '\(name.printable)' (\(node.type.printable)): \(reason)", file: file,
      tensor: tensor)
  }
}
