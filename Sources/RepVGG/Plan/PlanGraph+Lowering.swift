extension PlanGraph {
  /// The operations of a network for an input, with all passes applied.
  ///
  /// - Throws: What ``Network/written(in:)`` and ``Network/specialized(for:)`` throw, and
  ///   `unsupported` for operations that the engine does not run.
  init(
    _ network: Network, input: InputShape, options: PlanOptions,
    channelBlock: Int = ActivationLayout.channelBlock
  ) throws(RepVGGError) {
    let written = try network.written(in: options.form)
    self.init(input: input, channelBlock: channelBlock)
    try lower(written, collectsFeatures: options.collectsFeatures)
    // The branched form is computed literally: what it measures is the cost of its operations.
    if options.form != .branched { accumulateSums() }
    fuseActivations(intoConvolutions: options.form != .branched)
    writeOutputsDirectly()
    placeConcatenations()
    setBorders()
    try network.named { () throws(RepVGGError) in try checkSizes() }
    if options.algorithm != .im2col { loopOverImages(workerCount: options.threadCount) }
  }

  /// Appends one operation for each node that an output needs, and one for each output.
  private mutating func lower(
    _ network: Network, collectsFeatures: Bool
  ) throws(RepVGGError) {
    let collected = collectsFeatures ? network.outputs : Array(network.outputs.prefix(1))
    let (network, facts) = try network.specialized(for: input)
    var lowering = Lowering(graph: self, network: network, facts: facts)
    let needed = network.nodesNeeded(by: collected)
    try network.named { () throws(RepVGGError) in
      for (index, node) in network.nodes.enumerated() {
        guard needed[index] else {
          lowering.nodeValues.append(nil)
          continue
        }
        do throws(RepVGGError) {
          lowering.nodeValues.append(try lowering.append(node, index))
          for output in collected where output.node.index == index {
            try lowering.appendOutput(output)
          }
        } catch {
          throw error.tensor != nil || error.reason.hasPrefix("node '")
            ? error
            : RepVGGError(
              error.kind,
              "node '\(node.name.printable)' (\(node.operation.name)): \(error.reason)",
              file: error.file)
        }
      }
    }
    self = lowering.graph
    // In the order of the network, whatever comes first.
    outputs = collected.compactMap { output in outputs.first { $0.name == output.name } }
    leaveInputUnpadded()
  }

  /// Refuses images that the kernels' 32-bit counts cannot address.
  private func checkSizes() throws(RepVGGError) {
    let limit = Int(Int32.max)
    for operation in operations where values[operation.result].storage == .image {
      let layout = layout(of: operation.result)
      guard layout.imageStride <= limit, layout.batch * layout.height <= limit else {
        throw RepVGGError(
          .unsupported,
          "node '\(operation.name.printable)': images of \(layout.height)x\(layout.width) pixels and"
            + " \(layout.channels) channels are too large for 32-bit counts")
      }
    }
  }

  /// Appends an operation and its result.
  mutating func append(_ operation: Operation, _ value: Value) -> ValueIndex {
    values.append(value)
    operations.append(operation)
    operations[operations.count - 1].result = values.count - 1
    return values.count - 1
  }

  /// Leaves the images' channels without padding where only convolutions read them: these do without,
  /// and three channels are better not read as sixteen.
  private mutating func leaveInputUnpadded() {
    let readers = readers
    for operation in operations {
      guard case .images = operation.kind,
        readers[operation.result].allSatisfy({ reader in
          if case .convolution(let convolution) = operations[reader].kind {
            convolution.geometry.groups == 1
          } else {
            false
          }
        })
      else { continue }
      values[operation.result].isPadded = false
    }
  }
}

/// What lowering knows of a network while it appends operations.
private struct Lowering {
  var graph: PlanGraph
  let network: Network
  let facts: [TensorFacts]
  /// The value of every node so far; nil for those that are not needed, and for constants that no
  /// operation has read yet.
  var nodeValues: [PlanGraph.ValueIndex?] = []
  /// Copies of values in another storage.
  private var copies: [Copy: PlanGraph.ValueIndex] = [:]

  private struct Copy: Hashable {
    let value: PlanGraph.ValueIndex
    let storage: PlanGraph.Storage
  }

  init(graph: PlanGraph, network: Network, facts: [TensorFacts]) {
    self.graph = graph
    self.network = network
    self.facts = facts
  }

  // MARK: - Values

  /// The value of a node; a constant becomes one when something reads it.
  private mutating func value(of node: Network.NodeID) throws(RepVGGError) -> PlanGraph.ValueIndex {
    if let value = nodeValues[node.index] { return value }
    guard case .constant(let tensor) = network[node].operation else {
      preconditionFailure("'\(network[node].name)' is read, and nothing was said to need it")
    }
    guard tensor.elementType.isReal || tensor.elementType == .bool else {
      throw RepVGGError(.unsupported, "reads integers as elements of its data")
    }
    let value = graph.append(
      PlanGraph.Operation(
        name: network[node].name, kind: .constant(tensor), reads: [], result: 0),
      PlanGraph.Value(shape: tensor.shape, storage: .dense))
    nodeValues[node.index] = value
    return value
  }

  /// A value in a storage: itself, or a copy.
  private mutating func stored(
    _ value: PlanGraph.ValueIndex, as storage: PlanGraph.Storage?, _ name: String
  ) throws(RepVGGError) -> PlanGraph.ValueIndex {
    guard let storage, graph.values[value].storage != storage else { return value }
    let key = Copy(value: value, storage: storage)
    if let copy = copies[key] { return copy }
    let shape = graph.values[value].shape
    guard storage != .image || shape.count == 4, storage != .vector || shape.count == 2 else {
      throw RepVGGError(
        .unsupported,
        "reads a value of shape \(shape), not \(storage == .image ? "images" : "vectors")")
    }
    let isInput = graph.operations.contains { operation in
      if case .input = operation.kind { operation.result == value } else { false }
    }
    let kind: PlanGraph.Kind =
      isInput && storage == .image
      ? .images : .planned(RearrangeOperation.copy)
    let copy = graph.append(
      PlanGraph.Operation(
        name: isInput ? network.inputName : name + " layout", kind: kind, reads: [value],
        result: 0),
      PlanGraph.Value(shape: shape, storage: storage))
    copies[key] = copy
    return copy
  }

  // MARK: - Nodes

  /// Appends the operations of a node; the value of its result, nil for a constant.
  mutating func append(
    _ node: Network.Node, _ index: Int
  ) throws(RepVGGError) -> PlanGraph.ValueIndex? {
    let shape = facts[index].shape ?? []
    switch node.operation {
    case .constant: return nil
    case .input: return append(node.name, .input, [], shape, .dense)
    case .linear(let expression): return try append(expression, node, shape)
    case .tensor(let function): return try append(function, node, shape)
    case .activation(let activation):
      return append(
        node.name, .activation(FusedActivation(activation)), [try value(of: node.inputs[0])],
        shape)
    case .globalMean:
      let source = try stored(value(of: node.inputs[0]), as: .image, node.name)
      return append(node.name, .globalMean, [source], shape, .vector)
    case .dense(let linear):
      let source = try value(of: node.inputs[0])
      let inputs = graph.values[source]
      guard inputs.shape.last == linear.inputCount, linear.inputCount > 0,
        linear.weight.count == linear.inputCount * linear.outputCount,
        linear.bias.map({ $0.count == linear.outputCount }) ?? true
      else {
        throw RepVGGError(
          .badData,
          "has weights of shape \(linear.weight.shape) for a value of shape \(inputs.shape)")
      }
      let storage = inputs.storage == .vector ? PlanGraph.Storage.vector : .dense
      return append(
        node.name, .dense(linear, nil), [try stored(source, as: storage, node.name)], shape, storage
      )
    case .gate:
      guard node.inputs.count == 2 else { throw RepVGGError(.badData, "reads no factors") }
      let source = try stored(value(of: node.inputs[0]), as: .image, node.name)
      let factors = try stored(value(of: node.inputs[1]), as: .vector, node.name)
      guard graph.values[factors].shape == Array(shape.prefix(2)) else {
        throw RepVGGError(
          .badData,
          "multiplies the channels of \(shape) by a value of shape"
            + " \(graph.values[factors].shape)")
      }
      return append(node.name, .gate(nil), [source, factors], shape, .image)
    case .add:
      var terms: [PlanGraph.ValueIndex] = []
      for input in node.inputs { terms.append(try value(of: input)) }
      guard terms.count > 1, terms.allSatisfy({ graph.values[$0].shape == shape }) else {
        throw RepVGGError(
          .badData, "adds values of shapes \(terms.map { graph.values[$0].shape })")
      }
      // Pairs: a step adds two values.
      let storage = graph.values[terms[0]].storage
      var sum = terms[0]
      for (index, term) in terms.dropFirst().enumerated() {
        let isLast = index == terms.count - 2
        sum = append(
          isLast ? node.name : node.name + " \(index)", .add(nil),
          [sum, try stored(term, as: storage, node.name)], shape)
      }
      return sum
    }
  }

  private mutating func append(
    _ expression: LinearExpression, _ node: Network.Node, _ shape: [Int]
  ) throws(RepVGGError) -> PlanGraph.ValueIndex {
    let source = try stored(value(of: node.inputs[0]), as: .image, node.name)
    let geometry = try expression.geometry(inputChannels: graph.values[source].shape[1])
    if geometry.isDiagonal {
      return append(node.name, .affine(expression, nil), [source], shape)
    }
    return append(
      node.name,
      .convolution(PlanGraph.Convolution(expression: expression, geometry: geometry)),
      [source], shape, .image)
  }

  private mutating func append(
    _ function: Network.TensorFunction, _ node: Network.Node, _ shape: [Int]
  ) throws(RepVGGError) -> PlanGraph.ValueIndex {
    guard let operation = function.operation as? any PlannableOperation else {
      throw RepVGGError(.unsupported, "plans do not run the operator \(function.name)")
    }
    var inputs: [LoweredInput] = []
    for input in node.inputs {
      var constant: Tensor?
      if case .constant(let tensor) = network[input].operation { constant = tensor }
      inputs.append(
        LoweredInput(
          shape: facts[input.index].shape ?? [],
          storage: nodeValues[input.index].map { graph.values[$0].storage } ?? .dense,
          elementType: facts[input.index].elementType, channelBlock: graph.channelBlock,
          constant: constant))
    }
    let lowered = try operation.lowered(function.arguments(inputs), shape: shape)
    let places = function.arguments(node.inputs)
    var reads: [PlanGraph.ValueIndex] = []
    for read in lowered.reads {
      guard let place = places[read.input] else {
        throw RepVGGError(.badData, "an input is missing")
      }
      reads.append(try stored(value(of: place), as: read.storage, node.name))
    }
    let result = append(node.name, lowered.kind, reads, shape, lowered.storage)
    if let channel = lowered.firstChannel {
      graph.values[result].part = (of: reads[0], channel: channel)
    }
    return result
  }

  /// Appends an operation whose result is stored as a rule says, or like the first value that it
  /// reads.
  private mutating func append(
    _ name: String, _ kind: PlanGraph.Kind, _ reads: [PlanGraph.ValueIndex], _ shape: [Int],
    _ storage: PlanGraph.Storage? = nil
  ) -> PlanGraph.ValueIndex {
    let storage = storage ?? graph.values[reads[0]].storage
    return graph.append(
      PlanGraph.Operation(name: name, kind: kind, reads: reads, result: 0),
      PlanGraph.Value(shape: shape, storage: storage))
  }

  /// Appends the copy of a value that the caller gets.
  mutating func appendOutput(_ output: Network.Output) throws(RepVGGError) {
    let source = try value(of: output.node)
    let shape = graph.values[source].shape
    let copy = append("output \(output.name)", .output, [source], shape, .dense)
    graph.outputs.append(PlanGraph.Output(name: output.name, shape: shape, value: copy))
  }
}

extension Network {
  /// The name of the node that the network is given.
  fileprivate var inputName: String {
    nodes.first { if case .input = $0.operation { true } else { false } }?.name ?? "input"
  }

  /// Which nodes the outputs depend on.
  fileprivate func nodesNeeded(by outputs: [Output]) -> [Bool] {
    var needed = [Bool](repeating: false, count: nodes.count)
    for output in outputs { needed[output.node.index] = true }
    for index in nodes.indices.reversed() where needed[index] {
      for input in nodes[index].inputs { needed[input.index] = true }
    }
    return needed
  }
}
