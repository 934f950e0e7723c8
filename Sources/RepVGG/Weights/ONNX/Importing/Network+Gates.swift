extension Network {
  /// The network with squeeze and excitation, and the mean before a classifier, as vectors.
  ///
  /// Exporters keep a mean over images as images of one pixel: a gate is `x` times an activation of
  /// two 1x1 convolutions with an activation between them, of that mean (Hu et al., "Squeeze-and-
  /// Excitation Networks", section 3). A mean that is flattened is a vector.
  ///
  /// - Parameter facts: What is known of each node's result.
  /// - Returns: The same function, of as many operators in an ONNX file.
  func recognizingVectors(_ facts: [TensorFacts]) -> Network {
    var network = self
    let pattern = GatePattern(network: self, facts: facts)
    for index in nodes.indices {
      if let gate = pattern.gate(at: index) {
        network[gate.mean].operation = .globalMean
        network[gate.squeeze.node].operation = .dense(gate.squeeze.linear)
        network[gate.excite.node].operation = .dense(gate.excite.linear)
        network.nodes[index].operation = .gate
        network.nodes[index].inputs = [gate.images, gate.factors]
      } else if let images = pattern.flattenedMean(at: index) {
        network.nodes[index].operation = .globalMean
        network.nodes[index].inputs = [images]
      }
    }
    return network.withoutUnneededNodes
  }

  /// The nodes between the mean and the gate of every squeeze and excitation; nothing else reads them.
  var gateVectors: Set<Int> {
    let readers = readers
    let outputs = Set(outputs.map(\.node.index))
    var result: Set<Int> = []
    for node in nodes {
      guard case .gate = node.operation, node.inputs.count == 2 else { continue }
      var chain: Set<Int> = []
      var place = node.inputs[1].index
      walk: while readers[place].count == 1, !outputs.contains(place) {
        chain.insert(place)
        switch nodes[place].operation {
        case .activation, .dense: place = nodes[place].inputs[0].index
        case .globalMean:
          result.formUnion(chain)
          break walk
        default: break walk
        }
      }
    }
    return result
  }
}

/// Finds gates among the nodes of a network.
private struct GatePattern {
  let network: Network
  let facts: [TensorFacts]
  private let readers: [[Int]]
  private let outputs: Set<Int>

  init(network: Network, facts: [TensorFacts]) {
    self.network = network
    self.facts = facts
    readers = network.readers
    outputs = Set(network.outputs.map(\.node.index))
  }

  struct Gate {
    let images: Network.NodeID
    let factors: Network.NodeID
    let mean: Network.NodeID
    let squeeze: (node: Network.NodeID, linear: Linear)
    let excite: (node: Network.NodeID, linear: Linear)
  }

  /// The gate that a product is.
  func gate(at index: Int) -> Gate? {
    let node = network.nodes[index]
    guard case .tensor(let function) = node.operation,
      (function.operation as? BinaryOperation)?.function == .multiply, node.inputs.count == 2
    else { return nil }
    for (images, factors) in [(0, 1), (1, 0)] {
      let (images, factors) = (node.inputs[images], node.inputs[factors])
      // A factor for each channel of each image, which nothing repeats.
      guard let own = facts[images.index].dimensions, own.count == 4,
        let others = facts[factors.index].dimensions, others.count == 4, own[0] == others[0],
        own[1] == others[1], own[1].size != nil,
        let excite = pointwise(before: factors), let squeeze = pointwise(before: excite.source),
        isMean(squeeze.source), isFree(squeeze.source)
      else { continue }
      return Gate(
        images: images, factors: factors, mean: squeeze.source,
        squeeze: (squeeze.node, squeeze.linear), excite: (excite.node, excite.linear))
    }
    return nil
  }

  /// The images whose mean a node flattens.
  func flattenedMean(at index: Int) -> Network.NodeID? {
    let node = network.nodes[index]
    guard case .tensor(let function) = node.operation, let mean = node.inputs.first,
      function.operation is FlattenOperation || function.operation is ReshapeOperation
        || function.operation is SqueezeOperation,
      isMean(mean), isFree(mean), let result = facts[index].dimensions, result.count == 2,
      let pooled = facts[mean.index].dimensions, result == Array(pooled.prefix(2)),
      result[1].size != nil
    else { return nil }
    return network[mean].inputs.first
  }

  /// The 1x1 convolution of one pixel before an activation.
  private func pointwise(
    before id: Network.NodeID
  ) -> (node: Network.NodeID, linear: Linear, source: Network.NodeID)? {
    guard case .activation = network[id].operation, isFree(id),
      let node = network[id].inputs.first, isFree(node),
      case .linear(.convolution(let convolution)) = network[node].operation,
      convolution.kernelSize == 1, convolution.groups == 1, convolution.padding == 0,
      let source = network[node].inputs.first,
      facts[source.index].dimensions?.suffix(2) == [.fixed(1), .fixed(1)]
    else { return nil }
    return (node, Linear(weight: convolution.kernel, bias: convolution.bias), source)
  }

  /// Whether a node is the mean of each channel, as an image of one pixel.
  private func isMean(_ id: Network.NodeID) -> Bool {
    guard case .tensor(let function) = network[id].operation,
      facts[id.index].dimensions?.count == 4
    else { return false }
    if let pool = function.operation as? GlobalPoolOperation { return pool.function == .average }
    guard let reduction = function.operation as? ReductionOperation,
      reduction.function == .mean, reduction.keepsDimensions, let axes = reduction.axes
    else { return false }
    return Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3]
  }

  /// Whether a single node reads the result.
  private func isFree(_ id: Network.NodeID) -> Bool {
    readers[id.index].count == 1 && !outputs.contains(id.index)
  }
}
