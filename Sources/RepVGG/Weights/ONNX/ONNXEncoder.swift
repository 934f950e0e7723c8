/// Encodes a model as messages; fields are in the order of their numbers, as other writers have them.
struct ONNXEncoder {
  /// Where initializers are stored outside of the model; nil if all are in it.
  private(set) var external: ONNXExternalLayout?

  init(external: ONNXExternalLayout? = nil) { self.external = external }

  mutating func model(_ model: ONNXModel) throws(RepVGGError) -> ONNXMessageBuilder {
    var message = ONNXMessageBuilder()
    message.integer(ONNXFields.Model.irVersion, Int64(model.irVersion))
    message.text(ONNXFields.Model.producerName, unlessEmpty: model.producer)
    message.text(ONNXFields.Model.producerVersion, unlessEmpty: model.producerVersion)
    message.message(ONNXFields.Model.graph, try graph(model.graph))
    for opset in model.opsets {
      var part = ONNXMessageBuilder()
      part.text(ONNXFields.OperatorSet.domain, opset.domain)
      part.integer(ONNXFields.OperatorSet.version, Int64(opset.version))
      message.message(ONNXFields.Model.opsetImport, part)
    }
    for entry in model.metadata { message.message(ONNXFields.Model.metadata, self.entry(entry)) }
    return message
  }

  private func entry(_ entry: ONNXMetadata) -> ONNXMessageBuilder {
    var message = ONNXMessageBuilder()
    message.text(ONNXFields.Entry.key, entry.key)
    message.text(ONNXFields.Entry.value, entry.value)
    return message
  }

  private mutating func graph(_ graph: ONNXGraph) throws(RepVGGError) -> ONNXMessageBuilder {
    var message = ONNXMessageBuilder()
    for (index, node) in graph.nodes.enumerated() {
      do throws(RepVGGError) {
        message.message(ONNXFields.Graph.node, try self.node(node))
      } catch {
        let name = (node.name.isEmpty ? node.type : node.name).printable
        throw error.inONNX("node \(index) '\(name)'")
      }
    }
    message.text(ONNXFields.Graph.name, unlessEmpty: graph.name)
    for tensor in graph.initializers {
      do throws(RepVGGError) {
        let part = try self.tensor(tensor, place: external?.place(tensor))
        message.message(ONNXFields.Graph.initializer, part)
      } catch {
        throw error.inTensor(tensor.name)
      }
    }
    for value in graph.inputs { message.message(ONNXFields.Graph.input, try self.value(value)) }
    for value in graph.outputs { message.message(ONNXFields.Graph.output, try self.value(value)) }
    return message
  }

  private func node(_ node: ONNXNode) throws(RepVGGError) -> ONNXMessageBuilder {
    var message = ONNXMessageBuilder()
    for name in node.inputs { message.text(ONNXFields.Node.input, name) }
    for name in node.outputs { message.text(ONNXFields.Node.output, name) }
    message.text(ONNXFields.Node.name, unlessEmpty: node.name)
    message.text(ONNXFields.Node.type, node.type)
    for attribute in node.attributes {
      do throws(RepVGGError) {
        message.message(ONNXFields.Node.attribute, try self.attribute(attribute))
      } catch {
        throw error.inONNX("attribute '\(attribute.name.printable)'")
      }
    }
    message.text(ONNXFields.Node.domain, unlessEmpty: node.domain)
    return message
  }

  private func attribute(_ attribute: ONNXAttribute) throws(RepVGGError) -> ONNXMessageBuilder {
    var message = ONNXMessageBuilder()
    message.text(ONNXFields.Attribute.name, attribute.name)
    let kind: ONNXAttributeKind
    switch attribute.value {
    case .float(let value):
      kind = .float
      message.float(kind.field, value)
    case .int(let value):
      kind = .int
      message.integer(kind.field, value)
    case .string(let value):
      kind = .string
      message.text(kind.field, value)
    case .tensor(let tensor):
      kind = .tensor
      message.message(kind.field, try self.tensor(tensor))
    // ONNX does not declare these lists as packed.
    case .floats(let values):
      kind = .floats
      for value in values { message.float(kind.field, value) }
    case .ints(let values):
      kind = .ints
      for value in values { message.integer(kind.field, value) }
    case .strings(let values):
      kind = .strings
      for value in values { message.text(kind.field, value) }
    case .other:
      throw RepVGGError(
        .unsupported, "a subgraph, or a value of a kind that is not read, cannot be written")
    }
    message.integer(ONNXFields.Attribute.type, Int64(kind.rawValue))
    return message
  }

  private func tensor(
    _ tensor: Tensor, place: ONNXExternalLayout.Place? = nil
  ) throws(RepVGGError) -> ONNXMessageBuilder {
    guard let code = tensor.elementType.onnxCode else {
      throw tensor.obstacle
        ?? RepVGGError(.invalidArgument, "ONNX has no elements of \(tensor.elementType)")
    }
    var message = ONNXMessageBuilder()
    for size in tensor.shape { message.integer(ONNXFields.Tensor.dimensions, Int64(size)) }
    message.integer(ONNXFields.Tensor.elementType, code)
    message.text(ONNXFields.Tensor.name, unlessEmpty: tensor.name)
    guard let place else {
      try message.elements(ONNXFields.Tensor.raw, of: tensor)
      return message
    }
    for (key, value) in place.entries {
      let entry = entry(ONNXMetadata(key: key, value: value))
      message.message(ONNXFields.Tensor.externalData, entry)
    }
    message.integer(ONNXFields.Tensor.location, 1)
    return message
  }

  private func value(_ value: ONNXValue) throws(RepVGGError) -> ONNXMessageBuilder {
    guard let code = value.elementType.onnxCode else {
      throw RepVGGError(
        .unsupported,
        "the type of the graph's input or output '\(value.name.printable)' cannot be written")
    }
    var tensorType = ONNXMessageBuilder()
    tensorType.integer(ONNXFields.Value.elementType, code)
    if let dimensions = value.dimensions {
      var shape = ONNXMessageBuilder()
      for dimension in dimensions {
        var part = ONNXMessageBuilder()
        switch dimension {
        case .fixed(let size): part.integer(ONNXFields.Value.size, Int64(size))
        case .symbol(let name): part.text(ONNXFields.Value.symbol, name)
        case .unknown: break
        }
        shape.message(ONNXFields.Value.dimension, part)
      }
      tensorType.message(ONNXFields.Value.shape, shape)
    }
    var type = ONNXMessageBuilder()
    type.message(ONNXFields.Value.tensorType, tensorType)
    var message = ONNXMessageBuilder()
    message.text(ONNXFields.Value.name, value.name)
    message.message(ONNXFields.Value.type, type)
    return message
  }
}
