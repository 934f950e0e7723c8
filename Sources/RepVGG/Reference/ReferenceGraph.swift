/// The oracle of any graph: every node computed literally in Float64.
///
/// Nothing is merged or rounded; sizes are those of the inputs.
package struct ReferenceGraph {
  private let network: Network

  package init(_ network: Network) { self.network = network }

  /// The outputs by their names.
  ///
  /// - Parameters:
  ///   - inputs: A tensor for each input of the network, by its name.
  ///   - cancellation: Checked between nodes.
  ///   - observe: Called with each node and its result.
  /// - Returns: A tensor for each output.
  /// - Throws: `invalidArgument` if an input is missing or has another shape, `badData` that names
  ///   the node where values do not fit, `cancelled`.
  package func outputs(
    _ inputs: [String: ReferenceTensor], cancellation: Cancellation = .never,
    observe: (Network.Node, ReferenceTensor) -> Void = { _, _ in }
  ) throws(RepVGGError) -> [String: ReferenceTensor] {
    try network.named { () throws(RepVGGError) in
      try network.checkOrder()
      let pool = try ThreadPool(workerCount: min(16, PlanOptions.availableThreadCount))
      let readers = network.readers
      let outputs = Dictionary(grouping: network.outputs, by: \.node.index)
      var values: [ReferenceTensor?] = []
      var results: [String: ReferenceTensor] = [:]
      for (index, node) in network.nodes.enumerated() {
        try cancellation.check()
        let value: ReferenceTensor
        do throws(RepVGGError) {
          value = try evaluate(node, node.inputs.compactMap { values[$0.index] }, inputs, pool)
        } catch {
          throw error.tensor != nil || error.kind == .invalidArgument
            ? error
            : RepVGGError(
              error.kind,
              "node '\(node.name.printable)' (\(node.operation.name)): \(error.reason)")
        }
        observe(node, value)
        values.append(value)
        for output in outputs[index] ?? [] { results[output.name] = value }
        // What nothing after this node reads is not kept.
        for input in node.inputs where readers[input.index].allSatisfy({ $0 <= index }) {
          values[input.index] = nil
        }
      }
      return results
    }
  }

  private func evaluate(
    _ node: Network.Node, _ operands: [ReferenceTensor], _ inputs: [String: ReferenceTensor],
    _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceTensor {
    switch node.operation {
    case .input(let type):
      guard let value = inputs[node.name] else {
        throw RepVGGError(.invalidArgument, "the input '\(node.name.printable)' is missing")
      }
      guard type.accepts(value.shape) else {
        throw RepVGGError(
          .invalidArgument,
          "the input '\(node.name.printable)' has shape \(value.shape), the network takes"
            + " \(type.dimensions?.text ?? "any")")
      }
      return value
    case .constant(let tensor): return try ReferenceTensor(tensor)
    case .tensor(let function):
      return try function.operation.evaluated(on: function.arguments(operands))
    case .linear, .activation, .globalMean, .dense, .gate, .add: break
    }
    guard let first = operands.first, let values = first.reals else {
      throw RepVGGError(.badData, "does not read real numbers")
    }
    switch node.operation {
    case .linear(let expression): return try apply(expression, to: first, pool)
    case .activation(let activation):
      return first.with(values.map { activation($0) })
    case .globalMean:
      let (rows, plane) = try first.planes()
      let means = (0..<rows).map { row in
        values[row * plane..<(row + 1) * plane].reduce(0, +) / Double(plane)
      }
      return ReferenceTensor(
        shape: Array(first.shape.prefix(2)), means, elementType: first.elementType)
    case .dense(let linear): return try dense(linear, first, values)
    case .gate:
      let (rows, plane) = try first.planes()
      guard operands.count == 2, let factors = operands[1].reals, factors.count == rows else {
        throw RepVGGError(.badData, "multiplies channels by a value of another size")
      }
      return first.with(values.indices.map { values[$0] * factors[$0 / plane] })
    case .add:
      var sum = values
      for term in operands.dropFirst() {
        guard term.shape == first.shape, let values = term.reals else {
          throw RepVGGError(.badData, "adds values of shapes \(operands.map(\.shape))")
        }
        for index in sum.indices { sum[index] += values[index] }
      }
      return first.with(sum)
    case .input, .constant, .tensor: preconditionFailure("these operations were handled before")
    }
  }

  /// A linear region of each image of a batch.
  private func apply(
    _ expression: LinearExpression, to source: ReferenceTensor, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceTensor {
    guard source.shape.count == 4, let values = source.reals else {
      throw RepVGGError(.badData, "reads a value of shape \(source.shape), not images")
    }
    _ = try expression.geometry(inputChannels: source.shape[1])
    let size = source.shape[1...].reduce(1, *)
    var result: [Double] = []
    var shape = source.shape
    for image in 0..<source.shape[0] {
      let output = try expression.evaluate(
        on: ReferenceNetwork.Image(
          channels: source.shape[1], height: source.shape[2], width: source.shape[3],
          values: Array(values[image * size..<(image + 1) * size])), pool)
      result += output.values
      shape = [source.shape[0], output.channels, output.height, output.width]
    }
    return ReferenceTensor(shape: shape, result, elementType: source.elementType)
  }

  private func dense(
    _ linear: Linear, _ source: ReferenceTensor, _ values: [Double]
  ) throws(RepVGGError) -> ReferenceTensor {
    let (matrix, bias) = (try linear.weight.doubles(), try linear.bias?.doubles())
    let (inputs, outputs) = (linear.inputCount, linear.outputCount)
    guard source.shape.last == inputs, inputs > 0 else {
      throw RepVGGError(.badData, "has \(inputs) columns for a value of shape \(source.shape)")
    }
    let rows = values.count / inputs
    var result = [Double](repeating: 0, count: rows * outputs)
    for row in 0..<rows {
      for output in 0..<outputs {
        var sum = bias?[output] ?? 0
        for input in 0..<inputs {
          sum += matrix[output * inputs + input] * values[row * inputs + input]
        }
        result[row * outputs + output] = sum
      }
    }
    return ReferenceTensor(
      shape: source.shape.dropLast() + [outputs], result, elementType: source.elementType)
  }
}

extension ReferenceTensor {
  /// The same shape with other values.
  fileprivate func with(_ values: [Double]) -> ReferenceTensor {
    ReferenceTensor(shape: shape, values, elementType: elementType)
  }

  /// Images and channels together, and the pixels of each.
  fileprivate func planes() throws(RepVGGError) -> (rows: Int, plane: Int) {
    guard shape.count == 4, count > 0 else {
      throw RepVGGError(.badData, "reads a value of shape \(shape), not images")
    }
    return (shape[0] * shape[1], shape[2] * shape[3])
  }
}

extension Network.InputType {
  /// Whether a tensor of a shape can be passed.
  package func accepts(_ shape: [Int]) -> Bool {
    guard let dimensions else { return true }
    return dimensions.count == shape.count
      && zip(dimensions, shape).allSatisfy { $0.size ?? $1 == $1 }
  }
}
