import RepVGG

/// A graph computed node by node, with what is known of each value before the inputs are.
struct GraphRun {
  /// All values by name.
  private(set) var tensors: [String: ReferenceTensor] = [:]
  /// What is known of each value.
  private(set) var facts: [String: TensorFacts] = [:]
  /// The values that do not depend on the inputs.
  private var constants: Set<String> = []
  /// The sizes that the symbols of the inputs have here.
  private var symbols: [String: Int] = [:]

  struct Failure: Error { var text: String }

  /// Computes a model on inputs that are not initializers; `knowsInputs` has them count as constants.
  init(
    _ model: ONNXModel, inputs: [String: ReferenceTensor], knowsInputs: Bool = false
  ) throws {
    for tensor in model.graph.initializers {
      try set(tensor.name, ReferenceTensor(tensor), isConstant: true)
    }
    for input in model.graph.inputs {
      guard let tensor = inputs[input.name] else { continue }
      try set(input.name, tensor, isConstant: knowsInputs)
      guard !knowsInputs, let dimensions = input.dimensions else { continue }
      facts[input.name] = TensorFacts(elementType: input.elementType, dimensions: dimensions)
      for case (.symbol(let name), let size) in zip(dimensions, tensor.shape) {
        symbols[name] = size
      }
    }
    let opset = model.opsets.first { $0.domain.isEmpty }?.version ?? 0
    for node in model.graph.nodes { try run(node, opset: opset) }
  }

  private mutating func set(
    _ name: String, _ tensor: ReferenceTensor, isConstant: Bool
  ) throws {
    tensors[name] = tensor
    if isConstant {
      constants.insert(name)
      facts[name] = TensorFacts(tensor)
    }
  }

  private mutating func run(_ node: ONNXNode, opset: Int) throws {
    let operations = try TensorOperations.read(
      ONNXOperator(
        node, opset: opset,
        constants: node.inputs.map { constants.contains($0) ? tensors[$0] : nil }))
    for (output, operation) in zip(node.outputs, operations) where !output.isEmpty {
      var inputs: [ReferenceTensor?] = []
      var known: [TensorFacts?] = []
      for input in operation.inputs {
        switch input {
        case .value(let index):
          inputs.append(tensors[node.inputs[index]])
          known.append(facts[node.inputs[index]])
        case .constant(let tensor):
          inputs.append(tensor)
          known.append(TensorFacts(tensor))
        case .absent:
          inputs.append(nil)
          known.append(nil)
        }
      }
      let result = try operation.operation.evaluated(on: inputs)
      let expected = try operation.operation.facts(of: known)
      try check(expected, result, node)
      facts[output] = expected
      try set(
        output, result, isConstant: node.inputs.allSatisfy { constants.contains($0) || $0 == "" })
      try checkWritten(operation)
    }
  }

  /// What is known has to be so.
  private func check(
    _ facts: TensorFacts, _ tensor: ReferenceTensor, _ node: ONNXNode
  ) throws {
    func agrees(_ dimension: Dimension, _ size: Int) -> Bool {
      switch dimension {
      case .fixed(let fixed): fixed == size
      case .symbol(let name): symbols[name] == size
      case .unknown: true
      }
    }
    let hasShape =
      facts.dimensions.map { dimensions in
        dimensions.count == tensor.shape.count
          && zip(dimensions, tensor.shape).allSatisfy(agrees)
      } ?? true
    let elements = TensorFacts(tensor).knownElements ?? []
    let hasElements = facts.elements.map { zip($0, elements).allSatisfy(agrees) } ?? true
    guard facts.elementType == tensor.elementType, hasShape, hasElements else {
      throw Failure(
        text:
          "\(node.type) \(node.name): \(facts) is not known of \(tensor.elementType) \(tensor.shape)"
      )
    }
  }

  /// Operator sets before and after changes.
  private static let opsets = [13, 15, 17, 18, 19, 22]

  /// Every operator set stores the operation as it is, or refuses it.
  private func checkWritten(_ operation: TensorOperationNode) throws {
    for set in Self.opsets {
      do {
        try RoundTrip(operation, opset: set).check()
      } catch let error as RepVGGError where error.kind == .unsupported {
        guard error.reason.contains("operator set") else { throw error }
      }
    }
  }
}
