/// Sizes of a graph, as an ONNX file of it has them: a linear region counts as what it reduces to.
package struct GraphCounts: Sendable, Hashable {
  package var operators = 0
  package var convolutions = 0
  /// Elements of weights; shapes and the like are not counted.
  package var parameters = 0
}

/// What a graph costs for inputs of given shapes.
package struct GraphCosts: Sendable, Hashable {
  /// Of convolutions and matrix products, for all images together.
  package var multiplyAccumulates = 0
  /// Bytes of all results.
  package var activationBytes = 0
  /// The most bytes of results that are needed at a time, if each is released after its last reader.
  package var liveBytes = 0
}

extension Network {
  /// The sizes of the graph.
  ///
  /// - Throws: `badData` where nodes do not fit together.
  package func graphCounts() throws(RepVGGError) -> GraphCounts {
    let channels = channelCounts
    let gateVectors = gateVectors
    var counts = GraphCounts()
    for (index, node) in nodes.enumerated() {
      switch node.operation {
      case .input, .constant: continue
      case .linear(let expression):
        if let operation = expression.linearOperator {
          counts.convolutions += operation.isConvolution ? 1 : 0
          counts.parameters += expression.tensors.reduce(0) { $0 + $1.count }
        } else {
          let geometry = try expression.geometry(inputChannels: channels[node.inputs[0].index])
          counts.convolutions += geometry.isDiagonal ? 0 : 1
          counts.parameters +=
            (geometry.isDiagonal ? geometry.outputChannels : geometry.kernelElementCount)
            + geometry.outputChannels
        }
      case .dense, .activation, .globalMean, .gate, .add, .tensor:
        if case .tensor(let function) = node.operation, function.name == "Conv" {
          counts.convolutions += 1
        }
        if case .dense = node.operation, gateVectors.contains(index) { counts.convolutions += 1 }
        counts.parameters += node.operation.tensors.reduce(0) { $0 + $1.count }
        for input in node.inputs {
          if case .constant(let tensor) = self[input].operation, tensor.elementType.isReal {
            counts.parameters += tensor.count
          }
        }
      }
      counts.operators += 1
    }
    return counts
  }

  /// What the graph costs.
  ///
  /// - Parameter shapes: The shape of each input, by its name.
  /// - Returns: Multiplications and bytes.
  /// - Throws: `badData` where nodes do not fit together or the inputs.
  package func graphCosts(shapes: [String: [Int]]) throws(RepVGGError) -> GraphCosts {
    let facts = try taking(shapes).facts()
    let sizes = facts.map { facts in
      ((facts.shape ?? [0]) + [max(1, facts.elementType.byteCount)]).saturatingProduct
    }
    var costs = GraphCosts()
    var live = 0
    var remaining = readers.map(\.count)
    for output in outputs { remaining[output.node.index] += 1 }
    for (index, node) in nodes.enumerated() {
      if case .constant = node.operation { continue }
      live = live.saturatingSum(sizes[index])
      costs.liveBytes = max(costs.liveBytes, live)
      costs.activationBytes = costs.activationBytes.saturatingSum(sizes[index])
      costs.multiplyAccumulates = costs.multiplyAccumulates.saturatingSum(
        node.multiplyAccumulates(node.inputs.map { facts[$0.index] }, facts[index]))
      for input in node.inputs {
        remaining[input.index] -= 1
        if case .constant = self[input].operation { continue }
        if remaining[input.index] == 0 { live -= sizes[input.index] }
      }
      if remaining[index] == 0 { live -= sizes[index] }
    }
    return costs
  }

  /// The network with inputs of fixed shapes.
  package func taking(_ shapes: [String: [Int]]) -> Network {
    var network = self
    for (index, node) in nodes.enumerated() {
      guard case .input(var type) = node.operation, let shape = shapes[node.name] else { continue }
      type.dimensions = shape.map { .fixed($0) }
      network.nodes[index].operation = .input(type)
    }
    return network
  }
}

extension Network.Node {
  /// Multiplications of convolutions and matrix products, where the sizes are known.
  fileprivate func multiplyAccumulates(_ inputs: [TensorFacts], _ result: TensorFacts) -> Int {
    let outputs = (result.shape ?? [0]).saturatingProduct
    switch operation {
    case .linear(let expression):
      guard let channels = inputs.first?.dimensions?.dropFirst().first?.size,
        let geometry = try? expression.geometry(inputChannels: channels), !geometry.isDiagonal,
        expression.linearOperator?.isConvolution != false
      else { return 0 }
      return [geometry.kernelElementCount / max(1, geometry.outputChannels), outputs]
        .saturatingProduct
    case .dense(let linear): return [outputs, linear.inputCount].saturatingProduct
    case .tensor(let function):
      switch function.name {
      case "Conv":
        guard let weights = inputs.dropFirst().first?.shape, let first = weights.first else {
          return 0
        }
        return [outputs, weights.saturatingProduct / max(1, first)].saturatingProduct
      case "ConvTranspose":
        guard let weights = inputs.dropFirst().first?.shape, let first = weights.first,
          let source = inputs.first?.shape
        else { return 0 }
        return (source + [weights.saturatingProduct / max(1, first)]).saturatingProduct
      case "MatMul", "Gemm":
        return [outputs, inputs.first?.shape?.last ?? 0].saturatingProduct
      default: return 0
      }
    case .input, .constant, .activation, .globalMean, .gate, .add: return 0
    }
  }
}

extension [Int] {
  /// The product of sizes, or the largest number if that is larger.
  var saturatingProduct: Int {
    var product = 1
    for size in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { return contains(0) ? 0 : Int.max }
      product = next
    }
    return product
  }
}

extension Int {
  /// The sum, or the largest number if that is larger.
  fileprivate func saturatingSum(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? Int.max : sum
  }
}
