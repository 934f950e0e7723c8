extension Network {
  /// The same network with its linear regions written as a form computes them.
  ///
  /// - Parameter form: `branched` has a node for every operator, `folded` one for every branch, with
  ///   its batch norms folded in, and `plain` one for every region.
  /// - Returns: A network whose nodes are named after what they compute: `stage1.0 conv3x3`.
  /// - Throws: `badData` for a merged network, which has no branches, `unsupported` for regions that
  ///   run only as one.
  public func written(in form: Form) throws(RepVGGError) -> Network {
    guard !isMerged || form == .plain else {
      throw RepVGGError(
        .badData,
        "is already deployed: its branches were merged, so the \(form.rawValue) form cannot be run",
        file: origin.file)
    }
    return try named { () throws(RepVGGError) in
      try checkOrder()
      var writer = FormWriter(channels: channelCounts)
      for node in nodes { try writer.append(node, form) }
      var network = self
      network.nodes = writer.nodes
      network.outputs = outputs.map {
        Output(name: $0.name, node: writer.written[$0.node.index])
      }
      return network
    }
  }
}

/// Writes nodes of a network one after the other.
private struct FormWriter {
  /// Channels of the results of the nodes that are read.
  let channels: [Int]
  private(set) var nodes: [Network.Node] = []
  /// The node that has the result of each node that was read.
  private(set) var written: [Network.NodeID] = []
  private var names: Set<String> = []

  init(channels: [Int]) { self.channels = channels }

  mutating func append(_ node: Network.Node, _ form: Form) throws(RepVGGError) {
    let inputs = node.inputs.map { written[$0.index] }
    guard case .linear(let expression) = node.operation, let source = inputs.first,
      let read = node.inputs.first
    else {
      written.append(add(node.name, node.operation, inputs))
      return
    }
    let result: Network.NodeID
    switch form {
    case .plain:
      let geometry = try expression.geometry(inputChannels: channels[read.index])
      result = add(node.name, expression, geometry, source)
    case .folded:
      result = try folded(expression, node.name, source, channels[read.index])
    case .branched:
      result = try literal(expression, node.name, source, channels[read.index]).node
    }
    written.append(result)
  }

  /// A node for every branch, and one for their sum.
  private mutating func folded(
    _ expression: LinearExpression, _ name: String, _ source: Network.NodeID, _ channels: Int
  ) throws(RepVGGError) -> Network.NodeID {
    guard !expression.isDiagonal else {
      return add(name + " affine", .linear(expression), [source])
    }
    guard let split = BranchSplit(expression) else {
      throw RepVGGError(
        .unsupported, "block \(name) has branches that run only as one",
        tensor: expression.tensors.first?.name)
    }
    var branches: [Network.NodeID] = []
    for term in split.terms {
      let geometry = try term.geometry(inputChannels: channels)
      branches.append(add(name, term, geometry, source))
    }
    return branches.count == 1 ? branches[0] : add(name + " add", .add, branches)
  }

  /// A node for every operator, and the channels of its result.
  private mutating func literal(
    _ expression: LinearExpression, _ name: String, _ source: Network.NodeID, _ channels: Int
  ) throws(RepVGGError) -> (node: Network.NodeID, channels: Int) {
    switch expression {
    case .identity: return (source, channels)
    case .sum(let terms):
      // As each branch is added after it, no more than two results are alive at a time.
      var sum: (node: Network.NodeID, channels: Int)?
      for term in terms {
        let result = try literal(term, name, source, channels)
        sum = sum.map { (add(name + " add", .add, [$0.node, result.node]), $0.channels) } ?? result
      }
      guard let sum else { throw RepVGGError(.badData, "a sum of no branches") }
      return sum
    case .sequence(let operators):
      var value = (node: source, channels: channels)
      for expression in try LinearExpression.paddedFirst(operators, inputChannels: channels) {
        value = try literal(expression, name, value.node, value.channels)
      }
      return value
    case .concatenation:
      throw RepVGGError(
        .unsupported, "block \(name) has branches that run only re-parameterized")
    default:
      let geometry = try expression.geometry(inputChannels: channels)
      return (add(name, expression, geometry, source), geometry.outputChannels)
    }
  }

  private mutating func add(
    _ name: String, _ expression: LinearExpression, _ geometry: ConvolutionGeometry,
    _ source: Network.NodeID
  ) -> Network.NodeID {
    let size = geometry.kernelSize
    let kind =
      expression.linearOperator?.label
      ?? (geometry.isDiagonal ? "affine" : "conv\(size.height)x\(size.width)")
    return add("\(name) \(kind)", .linear(expression), [source])
  }

  private mutating func add(
    _ name: String, _ operation: Network.Operation, _ inputs: [Network.NodeID]
  ) -> Network.NodeID {
    var unique = name
    var count = 1
    while !names.insert(unique).inserted {
      count += 1
      unique = "\(name) \(count)"
    }
    nodes.append(Network.Node(name: unique, operation: operation, inputs: inputs))
    return Network.NodeID(nodes.count - 1)
  }
}
