/// An ONNX node as the readers of operators see it.
package struct ONNXOperator: Sendable {
  package let node: ONNXNode
  /// The version of the operator's domain.
  package let opset: Int
  /// The value of each input that is a constant; nil for those that are computed or absent.
  package let constants: [ReferenceTensor?]

  package init(_ node: ONNXNode, opset: Int, constants: [ReferenceTensor?]) {
    self.node = node
    self.opset = opset
    self.constants = constants
  }

  /// Whether an input is there.
  package func has(_ input: Int) -> Bool {
    node.inputs.indices.contains(input) && !node.inputs[input].isEmpty
  }

  /// An input of the node, absent if the node has none there.
  func input(_ index: Int) -> OperationInput { has(index) ? .value(index) : .absent }

  /// The first inputs of the node.
  func inputs(_ count: Int) -> [OperationInput] { (0..<count).map(input) }

  /// All inputs of the node.
  var allInputs: [OperationInput] { inputs(node.inputs.count) }

  /// An operation that reads the first inputs of the node as they are.
  func reading(_ operation: any TensorOperation, _ count: Int) -> [TensorOperationNode] {
    [TensorOperationNode(operation, inputs: inputs(count))]
  }

  /// The value of an input that has to be a constant; nil if it is absent.
  func constant(_ index: Int, _ meaning: String) throws(RepVGGError) -> ReferenceTensor? {
    guard has(index) else { return nil }
    guard constants.indices.contains(index), let value = constants[index] else {
      throw RepVGGError(
        .unsupported,
        "\(node.type): its \(meaning) are computed, only constants are supported")
    }
    return value
  }

  /// The integers of an input that has to be a constant; nil if it is absent.
  func integers(_ index: Int, _ meaning: String) throws(RepVGGError) -> [Int]? {
    guard let value = try constant(index, meaning) else { return nil }
    guard let integers = value.integers else { throw invalid("its \(meaning) are not integers") }
    return integers.map { Int($0) }
  }

  /// What of the operator is not supported.
  func unsupported(_ what: String) -> RepVGGError {
    RepVGGError(.unsupported, "\(node.type): \(what) is not supported")
  }

  func invalid(_ reason: String) -> RepVGGError {
    RepVGGError(.badData, "\(node.type): \(reason)")
  }
}

// MARK: - Attributes

extension ONNXOperator {
  private func attribute(_ name: String) -> ONNXAttribute.Value? {
    node.attributes.first { $0.name == name }?.value
  }

  private func wrongType(_ name: String, _ type: String) -> RepVGGError {
    invalid("its attribute \(name) is not \(type)")
  }

  func int(_ name: String) throws(RepVGGError) -> Int? {
    guard let value = attribute(name) else { return nil }
    guard case .int(let int) = value else { throw wrongType(name, "an integer") }
    return Int(int)
  }

  func bool(_ name: String, default standard: Bool = false) throws(RepVGGError) -> Bool {
    try int(name).map { $0 != 0 } ?? standard
  }

  func float(_ name: String) throws(RepVGGError) -> Float? {
    guard let value = attribute(name) else { return nil }
    guard case .float(let float) = value else { throw wrongType(name, "a number") }
    return float
  }

  func string(_ name: String) throws(RepVGGError) -> String? {
    guard let value = attribute(name) else { return nil }
    guard case .string(let string) = value else { throw wrongType(name, "text") }
    return string
  }

  func ints(_ name: String) throws(RepVGGError) -> [Int]? {
    guard let value = attribute(name) else { return nil }
    switch value {
    case .ints(let ints): return ints.map { Int($0) }
    // An empty list may have lost its type.
    case .floats(let floats) where floats.isEmpty: return []
    default: throw wrongType(name, "a list of integers")
    }
  }

  func floats(_ name: String) throws(RepVGGError) -> [Float]? {
    guard let value = attribute(name) else { return nil }
    switch value {
    case .floats(let floats): return floats
    case .ints(let ints) where ints.isEmpty: return []
    default: throw wrongType(name, "a list of numbers")
    }
  }

  func tensor(_ name: String) throws(RepVGGError) -> ReferenceTensor? {
    guard let value = attribute(name) else { return nil }
    guard case .tensor(let tensor) = value else { throw wrongType(name, "a tensor") }
    return try ReferenceTensor(tensor)
  }

  /// A text attribute that is one of the cases of a type.
  func choice<Choice: RawRepresentable<String>>(
    _ name: String, default standard: Choice
  ) throws(RepVGGError) -> Choice {
    guard let text = try string(name) else { return standard }
    guard let choice = Choice(rawValue: text) else { throw unsupported("\(name) '\(text)'") }
    return choice
  }

  /// An element type that is stored by ONNX's number.
  func elementType(_ name: String) throws(RepVGGError) -> ElementType? {
    guard let number = try int(name) else { return nil }
    let type = ElementType(onnxCode: Int64(number))
    if type == .unsupported {
      throw unsupported("the element type \(ElementType.onnxName(Int64(number)))")
    }
    return type
  }
}
