extension Network {
  /// The network with activations that its file writes out as sums and products.
  ///
  /// Exporters write SiLU as `x * sigmoid(x)`, HardSigmoid as `clip(x + 3, 0, 6) / 6`, HardSwish as
  /// `x` times that, and GELU as `x / 2 * (1 + erf(x / sqrt(2)))`, with factors in any place.
  func recognizingActivations() -> Network {
    var network = self
    var changed = false
    for index in nodes.indices {
      guard let (activation, source) = ActivationPattern(network).match(index) else { continue }
      network.nodes[index].operation = .activation(activation)
      network.nodes[index].inputs = [source]
      changed = true
    }
    return changed ? network.withoutUnneededNodes : network
  }
}

/// Finds activations among the nodes of a network.
private struct ActivationPattern {
  private let network: Network

  init(_ network: Network) { self.network = network }

  /// The activation that a node computes, and of which value.
  func match(_ index: Int) -> (Network.Activation, Network.NodeID)? {
    let (factor, product) = scaled(Network.NodeID(index))
    if let source = hardSigmoid(product, factor) {
      return (.hardSigmoid(slope: 1 / 6, offset: 0.5), source)
    }
    // A product of three factors: the value, a function of it, and a number.
    guard let (left, right) = multiplied(product) else { return nil }
    for (value, other) in [(left, right), (right, left)] {
      let (first, source) = scaled(value)
      let (second, function) = scaled(other)
      if let activation = gated(by: function, source, factor * first * second) {
        return (activation, source)
      }
    }
    return nil
  }

  /// `x` times a function of `x` and a factor.
  private func gated(
    by function: Network.NodeID, _ source: Network.NodeID, _ factor: Double
  ) -> Network.Activation? {
    let node = network[function]
    switch node.operation {
    case .activation(.sigmoid) where node.inputs == [source] && factor == 1: return .silu
    case .activation(.hardSigmoid(let slope, let offset))
    where node.inputs == [source] && factor == 1 && Self.isNear(Double(slope), 1.0 / 6)
      && offset == 0.5:
      return .hardSwish
    default: break
    }
    if hardSigmoid(function, factor) == source { return .hardSwish }
    let (number, summand) = shifted(function)
    guard number == 1, Self.isNear(factor, 0.5), let argument = erfArgument(summand) else {
      return nil
    }
    let (slope, origin) = scaled(argument)
    return origin == source && Self.isNear(slope, 0.5.squareRoot()) ? .gelu : nil
  }

  /// The value of which a node is, up to a factor of 1/6, `clip(x + 3, 0, 6)`.
  private func hardSigmoid(_ clip: Network.NodeID, _ factor: Double) -> Network.NodeID? {
    guard case .activation(.clip(minimum: 0, maximum: 6)) = network[clip].operation,
      Self.isNear(factor, 1.0 / 6), let argument = network[clip].inputs.first
    else { return nil }
    let (number, source) = shifted(argument)
    return number == 3 ? source : nil
  }

  private func erfArgument(_ id: Network.NodeID) -> Network.NodeID? {
    guard case .tensor(let function) = network[id].operation,
      (function.operation as? UnaryOperation)?.function == .erf
    else { return nil }
    return network[id].inputs.first
  }

  // MARK: - Factors and summands

  private func multiplied(_ id: Network.NodeID) -> (Network.NodeID, Network.NodeID)? {
    guard case .tensor(let function) = network[id].operation,
      (function.operation as? BinaryOperation)?.function == .multiply,
      network[id].inputs.count == 2
    else { return nil }
    return (network[id].inputs[0], network[id].inputs[1])
  }

  /// A value without the constant factors that it was multiplied by, and these.
  private func scaled(_ id: Network.NodeID) -> (factor: Double, Network.NodeID) {
    var (factor, id) = (1.0, id)
    while true {
      let node = network[id]
      if case .linear(.scale(let tensor)) = node.operation, let number = Self.number(tensor) {
        (factor, id) = (factor * number, node.inputs[0])
      } else if let (operand, number) = constantOperand(node, .multiply) {
        (factor, id) = (factor * number, operand)
      } else if let (operand, number) = constantOperand(node, .divide), number != 0 {
        (factor, id) = (factor / number, operand)
      } else {
        return (factor, id)
      }
    }
  }

  /// A value without a constant that was added to it, and that constant.
  private func shifted(_ id: Network.NodeID) -> (summand: Double, Network.NodeID) {
    let node = network[id]
    if case .linear(.shift(let tensor)) = node.operation, let number = Self.number(tensor) {
      return (number, node.inputs[0])
    }
    if let (operand, number) = constantOperand(node, .add) { return (number, operand) }
    return (0, id)
  }

  /// The operands of a function of a value and a number.
  private func constantOperand(
    _ node: Network.Node, _ function: BinaryOperation.Function
  ) -> (Network.NodeID, Double)? {
    guard case .tensor(let tensor) = node.operation,
      (tensor.operation as? BinaryOperation)?.function == function, node.inputs.count == 2
    else { return nil }
    if case .constant(let number) = network[node.inputs[1]].operation {
      return Self.number(number).map { (node.inputs[0], $0) }
    }
    if function != .divide, case .constant(let number) = network[node.inputs[0]].operation {
      return Self.number(number).map { (node.inputs[1], $0) }
    }
    return nil
  }

  private static func number(_ tensor: Tensor) -> Double? {
    tensor.count == 1 ? (try? tensor.doubles())?.first : nil
  }

  /// Whether a number from a file is one that Float32, or a file of decimals, rounds.
  private static func isNear(_ number: Double, _ value: Double) -> Bool {
    abs(number - value) <= 1e-6 * abs(value)
  }
}
