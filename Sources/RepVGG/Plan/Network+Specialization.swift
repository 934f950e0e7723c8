extension Network {
  /// The network for an input of one shape, and the shape of every node's result.
  ///
  /// Nodes whose results follow from the shape alone become constants.
  ///
  /// - Throws: `badData` that names the node that does not fit what it reads, `unsupported` for
  ///   results whose shape depends on the values of the input.
  func specialized(
    for input: InputShape
  ) throws(RepVGGError) -> (network: Network, facts: [TensorFacts]) {
    try named { () throws(RepVGGError) in
      try checkOrder()
      var network = self
      var facts: [TensorFacts] = []
      var foldedCount = 0
      for index in nodes.indices {
        if case .input(var type) = nodes[index].operation {
          guard type.elementType == .float32, type.accepts(input.dimensions) else {
            throw RepVGGError(
              .invalidArgument,
              "takes inputs of \(type.elementType) and shape \(type.dimensions?.text ?? "?"), not"
                + " \(input.dimensions)")
          }
          type.dimensions = input.dimensions.map { .fixed($0) }
          network.nodes[index].operation = .input(type)
        }
        let inputs = nodes[index].inputs.map { facts[$0.index] }
        var known = try network.nodes[index].facts(of: inputs)
        let count = known.shape.map { $0.saturatingProduct } ?? 0
        if count <= Self.foldedElementLimit,
          let tensor = try network.constant(at: index, known, inputs)
        {
          foldedCount += tensor.count
          guard foldedCount <= Self.foldedElementLimit else {
            throw RepVGGError(
              .unsupported,
              "node '\(nodes[index].name.printable)': more than \(Self.foldedElementLimit) elements"
                + " follow from the shape of the input")
          }
          network.nodes[index].operation = .constant(
            Tensor(tensor, name: nodes[index].name))
          network.nodes[index].inputs = []
          known = TensorFacts(tensor)
        }
        guard let shape = known.shape else {
          throw RepVGGError(
            .unsupported,
            "node '\(nodes[index].name.printable)' (\(nodes[index].operation.name)) has a result"
              + " whose shape depends on the values of the input")
        }
        // Sums and products of sizes stay far from Int's limits.
        guard shape.saturatingProduct <= Self.elementLimit else {
          throw RepVGGError(
            .unsupported,
            "node '\(nodes[index].name.printable)' has a result of shape \(shape), more than"
              + " \(Self.elementLimit) elements")
        }
        facts.append(known)
      }
      return (network, facts)
    }
  }

  /// Elements of any value: 4 TiB in Float32.
  private static let elementLimit = 1 << 40
  /// Elements that may follow from an input's shape: 128 MiB in Float64.
  private static let foldedElementLimit = 1 << 24

  /// The result of a node that does not depend on the input's values; nil for others, and for what is
  /// a constant already.
  private func constant(
    at index: Int, _ known: TensorFacts, _ inputs: [TensorFacts]
  ) throws(RepVGGError) -> ReferenceTensor? {
    let node = nodes[index]
    if case .constant = node.operation { return nil }
    if case .input = node.operation { return nil }
    if let tensor = known.tensor, !known.elementType.isReal { return tensor }
    var constants: [ReferenceTensor] = []
    for input in node.inputs {
      guard case .constant(let tensor) = nodes[input.index].operation else { return nil }
      constants.append(try ReferenceTensor(tensor))
    }
    do throws(RepVGGError) {
      switch node.operation {
      case .tensor(let function):
        return try function.operation.evaluated(on: function.arguments(constants))
      case .add:
        var sum = constants[0]
        for term in constants.dropFirst() {
          sum = try BinaryOperation(.add).evaluated(on: [sum, term])
        }
        return sum
      case .activation(let activation):
        guard let values = constants[0].reals else { return nil }
        return ReferenceTensor(
          shape: constants[0].shape, values.map { activation($0) },
          elementType: constants[0].elementType)
      default: return nil
      }
    } catch {
      throw RepVGGError(
        error.kind, "node '\(node.name.printable)' (\(node.operation.name)): \(error.reason)")
    }
  }
}
