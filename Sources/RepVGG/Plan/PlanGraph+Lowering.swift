extension PlanGraph {
  /// The operations of a network for an input, with all passes applied.
  ///
  /// - Throws: What ``Network/written(in:)`` and ``Network/shapes(height:width:)`` throw, and
  ///   `unsupported` for convolutions that the engine does not run.
  init(
    _ network: Network, input: InputShape, options: PlanOptions
  ) throws(RepVGGError) {
    let written = try network.written(in: options.form)
    try self.init(written, input: input, collectsFeatures: options.collectsFeatures)
    // The branched form is computed literally: what it measures is the cost of its operations.
    if options.form != .branched { accumulateSums() }
    fuseActivations(intoConvolutions: options.form != .branched)
    writeOutputsDirectly()
    if options.algorithm != .im2col { loopOverImages(workerCount: options.threadCount) }
  }

  /// One operation for each node that an output needs, and one for each output.
  private init(
    _ network: Network, input: InputShape, collectsFeatures: Bool
  ) throws(RepVGGError) {
    let shapes = try network.shapes(height: input.height, width: input.width)
    let collected = collectsFeatures ? network.outputs : Array(network.outputs.prefix(1))
    self.input = input
    layouts = []
    operations = []
    var values: [ValueIndex?] = []
    let needed = network.nodesNeeded(by: collected)
    for (index, node) in network.nodes.enumerated() {
      guard needed[index] else {
        values.append(nil)
        continue
      }
      let reads = node.inputs.map { source in
        guard let value = values[source.index] else {
          preconditionFailure("'\(node.name)' reads a node that nothing was said to need")
        }
        return value
      }
      let kinds = try network.named { () throws(RepVGGError) in
        try Self.kinds(of: node, inputs: node.inputs.map { shapes[$0.index] })
      }
      let value = append(node, kinds, reads, shapes[index])
      values.append(value)
      for output in collected where output.node.index == index {
        appendOutput(output.name, of: value, shapes[index])
      }
    }
    leaveInputUnpadded()
    // In the order of the network, whatever comes first.
    outputs = collected.compactMap { output in outputs.first { $0.name == output.name } }
  }

  private mutating func append(
    _ node: Network.Node, _ kind: Kind, _ reads: [ValueIndex], _ shape: Network.Shape
  ) -> ValueIndex {
    if case .add = kind {
      // Pairs: a step adds two values.
      var sum = reads[0]
      for (index, term) in reads.dropFirst().enumerated() {
        let isLast = index == reads.count - 2
        sum = append(
          Operation(
            name: isLast ? node.name : node.name + " \(index)", kind: .add, reads: [sum, term],
            result: 0), layout(of: shape))
      }
      return sum
    }
    return append(
      Operation(name: node.name, kind: kind, reads: reads, result: 0), layout(of: shape))
  }

  /// Leaves the images' channels without padding where only convolutions read them: these do without,
  /// and three channels are better not read as sixteen.
  private mutating func leaveInputUnpadded() {
    let readers = readers
    for operation in operations {
      guard case .input = operation.kind,
        readers[operation.result].allSatisfy({ reader in
          if case .convolution = operations[reader].kind { true } else { false }
        })
      else { continue }
      layouts[operation.result] = layouts[operation.result].withoutChannelPadding
    }
  }

  private mutating func append(
    _ operation: Operation, _ layout: ActivationLayout
  ) -> ValueIndex {
    layouts.append(layout)
    operations.append(operation)
    operations[operations.count - 1].result = layouts.count - 1
    return layouts.count - 1
  }

  /// Appends the copy of a value that the caller gets.
  private mutating func appendOutput(
    _ name: String, of value: ValueIndex, _ shape: Network.Shape
  ) {
    let copy = append(
      Operation(name: "output \(name)", kind: .output, reads: [value], result: 0),
      ActivationLayout(
        batch: input.batch, height: 1, width: 1, channels: shape.dimensions.reduce(1, *),
        border: 0, padded: false))
    outputs.append(Output(name: name, shape: [input.batch] + shape.dimensions, value: copy))
  }

  private func layout(of shape: Network.Shape) -> ActivationLayout {
    switch shape {
    case .image(let channels, let height, let width):
      ActivationLayout(batch: input.batch, height: height, width: width, channels: channels)
    case .vector(let count): .vector(batch: input.batch, count: count)
    }
  }

  private static func kinds(
    of node: Network.Node, inputs: [Network.Shape]
  ) throws(RepVGGError) -> Kind {
    switch node.operation {
    case .input: return .input
    case .activation(let activation): return .activation(activation)
    case .globalMean: return .globalMean
    case .dense(let linear): return .dense(linear, nil)
    case .gate: return .gate(appliesReLU: false)
    case .add: return .add
    case .constant, .tensor:
      throw RepVGGError(
        .unsupported, "node '\(node.name.printable)' is of a kind that plans do not run")
    case .linear(let expression):
      let geometry = try expression.geometry(inputChannels: inputs[0].dimensions[0])
      if geometry.isDiagonal { return .affine(expression) }
      guard geometry.isCentred(side: 1) || geometry.isCentred(side: 3),
        geometry.stride == 1 || geometry.stride == 2
      else {
        throw RepVGGError(
          .unsupported,
          "node '\(node.name.printable)' is a convolution of kernel \(geometry.kernelSize),"
            + " padding \(geometry.padding), stride \(geometry.stride) and dilation"
            + " \(geometry.dilation); kernels of 1 and 3 with half as much padding, strides of 1 and 2"
            + " and no dilation can be run",
          tensor: expression.tensors.first?.name)
      }
      return .convolution(Convolution(expression: expression, geometry: geometry))
    }
  }
}

extension Network {
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

extension ActivationLayout {
  fileprivate var withoutChannelPadding: ActivationLayout {
    ActivationLayout(
      batch: batch, height: height, width: width, channels: channels, border: border,
      padded: false)
  }
}
