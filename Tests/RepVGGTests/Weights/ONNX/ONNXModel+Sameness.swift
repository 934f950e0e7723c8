import RepVGG

extension ONNXModel {
  /// The first difference to another model, elements of tensors included; nil if there is none.
  func difference(to other: ONNXModel) throws -> String? {
    if irVersion != other.irVersion { return "irVersion" }
    if producer != other.producer || producerVersion != other.producerVersion { return "producer" }
    if opsets != other.opsets { return "opsets" }
    if metadata != other.metadata { return "metadata" }
    if graph.name != other.graph.name { return "name" }
    if graph.nodes.count != other.graph.nodes.count { return "count of nodes" }
    for (index, (node, second)) in zip(graph.nodes, other.graph.nodes).enumerated() {
      if node.name != second.name || node.type != second.type || node.domain != second.domain
        || node.inputs != second.inputs || node.outputs != second.outputs
        || node.attributes.count != second.attributes.count
      {
        return "node \(index)"
      }
      for (attribute, second) in zip(node.attributes, second.attributes)
      where try !attribute.isSame(as: second) {
        return "node \(index), attribute \(attribute.name)"
      }
    }
    if graph.initializers.count != other.graph.initializers.count { return "initializers" }
    for (tensor, second) in zip(graph.initializers, other.graph.initializers)
    where try !tensor.isSame(as: second) {
      return "initializer \(tensor.name)"
    }
    if graph.inputs.map(\.parts) != other.graph.inputs.map(\.parts) { return "inputs" }
    if graph.outputs.map(\.parts) != other.graph.outputs.map(\.parts) { return "outputs" }
    return nil
  }
}

extension ONNXAttribute {
  fileprivate func isSame(as other: ONNXAttribute) throws -> Bool {
    guard name == other.name else { return false }
    switch (value, other.value) {
    case (.float(let left), .float(let right)): return left.bitPattern == right.bitPattern
    case (.int(let left), .int(let right)): return left == right
    case (.string(let left), .string(let right)): return left == right
    case (.tensor(let left), .tensor(let right)): return try left.isSame(as: right)
    case (.floats(let left), .floats(let right)):
      return left.map(\.bitPattern) == right.map(\.bitPattern)
    case (.ints(let left), .ints(let right)): return left == right
    case (.strings(let left), .strings(let right)): return left == right
    default: return false
    }
  }
}

extension ONNXValue {
  fileprivate var parts: [String] {
    [name, elementType.rawValue, String(describing: dimensions)]
  }
}

extension Tensor {
  /// Whether name, shape, type and every bit are the same.
  func isSame(as other: Tensor) throws -> Bool {
    guard name == other.name, shape == other.shape, elementType == other.elementType else {
      return false
    }
    let bytes = try withStoredBytes { Array($0) }
    return try other.withStoredBytes { Array($0) } == bytes
  }
}
