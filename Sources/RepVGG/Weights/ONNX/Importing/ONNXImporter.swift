/// Reads the graph of an ONNX model as nodes of a network.
///
/// What does not depend on the inputs is computed on the way: nodes of constants, and shapes as far
/// as sizes are known. Convolutions, batch norms, and sums, products and pools that fit become linear
/// nodes, with constant weights that stay in the file. Everything else is an operation on whole
/// tensors.
struct ONNXImporter {
  /// What a name stands for.
  enum Value {
    case node(Int)
    case constant(Tensor)
  }

  let opset: Int
  var nodes: [Network.Node] = []
  /// What is known of the result of each of `nodes`.
  var facts: [TensorFacts] = []
  private var values: [UTF8Name: Value] = [:]
  /// The nodes of constants that are operands of others.
  private var constantNodes: [UTF8Name: Int] = [:]
  private var names: Set<UTF8Name> = []
  /// The bytes of tensors that were computed from constants.
  private var foldedByteCount = 0

  /// Constants that the readers of operators look at have at most this many elements.
  private static let parameterLimit = 1 << 16
  /// What is computed from constants is kept in memory: as much as the file's own constants take in
  /// Float64, and this.
  private static let foldedByteAllowance = 64 << 20
  private let foldedByteLimit: Int

  /// - Parameters:
  ///   - opset: The version of ONNX's operators.
  ///   - constantElementCount: Elements of all initializers.
  init(opset: Int, constantElementCount: Int) {
    self.opset = opset
    let (stored, overflow) = constantElementCount.multipliedReportingOverflow(by: 8)
    foldedByteLimit = Self.foldedByteAllowance + (overflow ? 0 : min(stored, 8 << 30))
  }

  // MARK: - Names

  /// Gives a name to a value.
  mutating func define(_ name: String, _ value: Value) throws(RepVGGError) {
    guard values.updateValue(value, forKey: UTF8Name(name)) == nil else {
      throw RepVGGError(.badData, "two values have the name '\(name.printable)'")
    }
  }

  func value(_ name: String) throws(RepVGGError) -> Value {
    guard let value = values[UTF8Name(name)] else {
      throw RepVGGError(
        .badData, "reads '\(name.printable)', which no node before it computes")
    }
    return value
  }

  /// A constant input of a node; nil if it is absent or computed.
  func constant(_ node: ONNXNode, _ index: Int) -> Tensor? {
    guard node.inputs.indices.contains(index),
      case .constant(let tensor)? =
        values[UTF8Name(node.inputs[index])]
    else { return nil }
    return tensor
  }

  /// The node that computes an input of a node; nil for constants and absent ones.
  func source(_ node: ONNXNode, _ index: Int) -> Int? {
    guard node.inputs.indices.contains(index),
      case .node(let place)? =
        values[UTF8Name(node.inputs[index])]
    else { return nil }
    return place
  }

  /// The node of an input, one that is made if it is a constant.
  mutating func place(of name: String) throws(RepVGGError) -> Int {
    switch try value(name) {
    case .node(let place): return place
    case .constant(let tensor):
      let key = UTF8Name(name)
      if let place = constantNodes[key] { return place }
      let place = try append(name, .constant(tensor), [])
      constantNodes[key] = place
      return place
    }
  }

  // MARK: - Nodes

  /// Appends a node; returns its place.
  mutating func append(
    _ name: String, _ operation: Network.Operation, _ inputs: [Int]
  ) throws(RepVGGError) -> Int {
    let node = Network.Node(
      name: unique(name), operation: operation, inputs: inputs.map { Network.NodeID($0) })
    let known = try node.facts(of: inputs.map { facts[$0] })
    nodes.append(node)
    facts.append(known)
    return nodes.count - 1
  }

  private mutating func unique(_ name: String) -> String {
    var (result, number) = (name, 1)
    while !names.insert(UTF8Name(result)).inserted {
      number += 1
      result = "\(name) \(number)"
    }
    return result
  }

  /// Appends the operation of an ONNX node with one output.
  mutating func define(
    _ node: ONNXNode, _ operation: Network.Operation, _ inputs: [Int]
  ) throws(RepVGGError) {
    let place = try append(node.outputs[0], operation, inputs)
    try define(node.outputs[0], .node(place))
  }

  // MARK: - Reading

  /// Reads a node of the model, whose inputs were read before.
  mutating func read(_ node: ONNXNode) throws(RepVGGError) {
    guard let output = node.outputs.first else { throw RepVGGError(.badData, "has no output") }
    for attribute in node.attributes {
      if case .other = attribute.value {
        throw RepVGGError(
          .unsupported,
          "the operator \(node.type.printable) with '\(attribute.name.printable)', a subgraph or"
            + " the like, is not supported")
      }
    }
    let isStandard = node.domain.isEmpty || node.domain == "ai.onnx"
    if isStandard {
      switch node.type {
      case "Identity", "Dropout":
        guard let input = node.inputs.first else { throw RepVGGError(.badData, "has no input") }
        return try define(output, value(input))
      case "Constant": return try define(output, .constant(constantValue(of: node)))
      default: break
      }
      for name in node.inputs where !name.isEmpty { _ = try value(name) }
      if try widened(node) { return }
      if !node.inputs.isEmpty, node.inputs.allSatisfy({ $0.isEmpty || isConstant($0) }) {
        return try fold(node)
      }
      if node.type == "CastLike", isConstant(node.inputs[0]), let place = source(node, 1) {
        // Only the type of the second input has a meaning.
        return try fold(
          node, [ReferenceTensor(shape: [0], [], elementType: facts[place].elementType)])
      }
      if try readLinear(node) { return }
      if try readActivation(node) { return }
      if try readDense(node) { return }
    }
    try readTensorOperation(node)
  }

  private func isConstant(_ name: String) -> Bool {
    if case .constant? = values[UTF8Name(name)] { true } else { false }
  }

  /// A constant of another real type that holds all its values is the same constant.
  private mutating func widened(_ node: ONNXNode) throws(RepVGGError) -> Bool {
    guard node.type == "Cast", let tensor = constant(node, 0),
      let type = try operation(node).elementType("to"),
      [.float16, .bfloat16].contains(tensor.elementType), [.float32, .float64].contains(type)
    else { return false }
    try define(
      node.outputs[0],
      .constant(
        Tensor(
          shape: tensor.shape, source: RetypedSource(source: tensor.source, elementType: type),
          name: tensor.name)))
    return true
  }

  /// The value of a node of constants; `rest` stands for inputs at the end that are none.
  private mutating func fold(
    _ node: ONNXNode, _ rest: [ReferenceTensor] = []
  ) throws(RepVGGError) {
    var inputs: [ReferenceTensor?] = []
    for index in node.inputs.indices.dropLast(rest.count) {
      guard let tensor = constant(node, index) else {
        inputs.append(nil)
        continue
      }
      inputs.append(try ReferenceTensor(tensor))
    }
    inputs += rest
    let operations = try TensorOperations.read(
      ONNXOperator(node, opset: opset, constants: inputs))
    for (output, operation) in zip(node.outputs, operations) where !output.isEmpty {
      var operands: [ReferenceTensor?] = []
      for input in operation.inputs {
        switch input {
        case .value(let index): operands.append(inputs[index])
        case .constant(let tensor): operands.append(tensor)
        case .absent: operands.append(nil)
        }
      }
      let facts = try operation.operation.facts(of: operands.map { $0.map { TensorFacts($0) } })
      try reserve(facts.shape.map { $0.saturatingProduct } ?? 0)
      let result = try operation.operation.evaluated(on: operands)
      if facts.shape == nil { try reserve(result.count) }
      try define(output, .constant(Tensor(result, name: output)))
    }
  }

  /// Counts elements that are computed from constants.
  private mutating func reserve(_ count: Int) throws(RepVGGError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 8)
    guard !overflow, bytes <= foldedByteLimit - foldedByteCount else {
      throw RepVGGError(
        .unsupported,
        "computes more than \(foldedByteLimit >> 20) MiB from constants, other nodes included")
    }
    foldedByteCount += bytes
  }

  private func constantValue(of node: ONNXNode) throws(RepVGGError) -> Tensor {
    if case .tensor(var tensor)? = node.attributes.first(where: { $0.name == "value" })?.value {
      if tensor.name.isEmpty { tensor.name = node.outputs[0] }
      return tensor
    }
    let operations = try TensorOperations.read(ONNXOperator(node, opset: opset, constants: []))
    guard let operation = operations.first?.operation else {
      throw RepVGGError(.badData, "is a constant without a value")
    }
    return Tensor(try operation.evaluated(on: []), name: node.outputs[0])
  }

  /// The node with those of its inputs that are small constants.
  func operation(_ node: ONNXNode) throws(RepVGGError) -> ONNXOperator {
    var constants: [ReferenceTensor?] = []
    for index in node.inputs.indices {
      if let tensor = constant(node, index), tensor.count <= Self.parameterLimit {
        constants.append(try ReferenceTensor(tensor))
      } else {
        constants.append(nil)
      }
    }
    return ONNXOperator(node, opset: opset, constants: constants)
  }

  private mutating func readTensorOperation(_ node: ONNXNode) throws(RepVGGError) {
    let operations = try TensorOperations.read(operation(node))
    for (index, output) in node.outputs.enumerated() where !output.isEmpty {
      // Outputs that nothing reads may have no operation; reading one is refused where it is read.
      guard operations.indices.contains(index) else { continue }
      var inputs: [Int] = []
      var presence: [Bool] = []
      for input in operations[index].inputs {
        presence.append(input != .absent)
        switch input {
        case .value(let index): inputs.append(try place(of: node.inputs[index]))
        case .constant(let tensor):
          inputs.append(try append(output + " operand", .constant(Tensor(tensor, name: "")), []))
        case .absent: break
        }
      }
      var operation = operations[index].operation
      if let reshape = operation as? ReshapeOperation, inputs.count == 2 {
        (operation, inputs) = try simplified(reshape, inputs, output)
      }
      let function = Network.TensorFunction(operation, presence: presence)
      let place = try append(output, .tensor(function), inputs)
      // A shape, or what was computed from one, is known although the image is not.
      if let tensor = facts[place].tensor, tensor.integers != nil {
        nodes.removeLast()
        facts.removeLast()
        try define(output, .constant(Tensor(tensor, name: output)))
      } else {
        try define(output, .node(place))
      }
    }
  }
}
