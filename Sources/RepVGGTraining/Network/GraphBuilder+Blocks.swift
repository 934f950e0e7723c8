extension GraphBuilder {
  /// A block's forward steps; the closure writes its backward steps.
  ///
  /// - Parameters:
  ///   - block: the block.
  ///   - input: what it takes.
  ///   - nextNeedsOutput: whether the next block's norm reads this output, so that it is kept.
  ///   - givesInputGradient: whether the gradient of the input is wanted.
  /// - Returns: the block's output, and what writes its backward steps.
  /// - Throws: `invalidArgument` for sizes that do not fit, `outOfMemory`.
  mutating func addBlock(
    _ block: TrainingArchitecture.Block, input: Activation<Scalar>, nextNeedsOutput: Bool,
    givesInputGradient: Bool
  ) throws -> (output: Activation<Scalar>, backward: Backward) {
    let names = architecture.branchNames(block)
    var layers: [ConvolutionLayer] = []
    for branch in names {
      guard let name = branch.convolution else { continue }
      layers.append(
        try convolution(
          "\(block.name).\(name)", kernel: branch.kernel, block: block, input: input.shape))
    }
    guard let shape = layers.first?.output else {
      throw Self.inconsistent("block '\(block.name)' has no convolution")
    }
    var summands = layers.map { forward($0, input.value) }
    let identity = names.contains { $0.kernel == 0 }
    if identity { summands.append(input.value) }

    let scales = names.compactMap { $0.scale }.map { "\(block.name).\($0)" }
    let norms = names.compactMap { $0.norm }.map { "\(block.name).\($0)" }
    var sum: ScaledSum<Scalar>?
    var normalized = summands
    if !scales.isEmpty {
      let slots = try scales.map { try scale($0) }
      let operation = try ScaledSum(
        rows: rows(shape), channels: shape.channels, branches: slots, threads: threads)
      let (inputs, y) = (summands, value(shape))
      step("\(block.name) (scaled sum)", inputs + [y], result: y) { memory in
        operation.forward(inputs.map { UnsafePointer(memory[$0]) }, y: memory[y])
      }
      sum = operation
      normalized = [y]
    }
    let gate = try excitation(block, shape: shape)
    let norm = try normalization(
      norms, shape: shape, appliesReLU: block.excitation?.placement != .beforeReLU)
    let activated = value(shape)
    forward(norm, names: norms, layer: "\(block.name) (batch norm)", normalized, activated)
    let output: Activation<Scalar>
    if let gate {
      output = addGate(gate, block, activated, shape, keeps: nextNeedsOutput)
    } else {
      output = Activation(
        value: activated, shape: shape,
        restore: nextNeedsOutput
          ? nil : { $0.again(norm, block, normalized, shape) })
    }
    let parts = BlockParts(
      block: block, input: input, layers: layers, summands: summands, normalized: normalized,
      activated: activated, sum: sum, norm: norm, gate: gate, hasIdentity: identity,
      givesInputGradient: givesInputGradient)
    return (output, { try $0.addBackward(parts, $1) })
  }

  /// What a block's backward steps need to know of its forward ones.
  struct BlockParts {
    let block: TrainingArchitecture.Block
    let input: Activation<Scalar>
    let layers: [ConvolutionLayer]
    /// The outputs of the convolutions, then the input where there is an identity branch.
    let summands: [GraphValue]
    /// What the norm takes: the summands, or their scaled sum.
    let normalized: [GraphValue]
    /// The norm's output.
    let activated: GraphValue
    let sum: ScaledSum<Scalar>?
    let norm: BranchNormalization<Scalar>
    let gate: TrainingSqueezeExcitation<Scalar>?
    let hasIdentity: Bool
    let givesInputGradient: Bool
  }

  private mutating func addBackward(
    _ parts: BlockParts, _ dy: GraphValue
  ) throws -> GraphValue? {
    let name = parts.block.name
    if let gate = parts.gate {
      let u = parts.activated
      step("\(name) (squeeze-and-excitation)", [u, dy], result: dy) { memory in
        gate.backward(x: memory[u], dy: memory[dy], dx: memory[dy])
      }
    }
    let dx: GraphValue? = parts.givesInputGradient ? value(parts.input.shape) : nil
    // The gradients of the convolutions' outputs take the place of those outputs.
    var targets = parts.summands.map { Optional($0) }
    if parts.hasIdentity { targets[targets.count - 1] = dx }
    var inputs = parts.normalized
    let outputs = targets
    if let sum = parts.sum {
      inputs = parts.summands
      let (u, norm) = (parts.normalized[0], parts.norm)
      step("\(name) (batch norm)", [u, dy], result: u) { memory in
        norm.backward([UnsafePointer(memory[u])], dy: memory[dy], outputs: [memory[u]])
      }
      step("\(name) (scaled sum)", inputs + outputs.compactMap { $0 } + [u]) {
        [inputs, outputs] memory in
        sum.backward(
          inputs.map { UnsafePointer(memory[$0]) }, dy: memory[u],
          outputs: outputs.map { value in value.map { memory[$0] } })
      }
    } else {
      let norm = parts.norm
      step("\(name) (batch norm)", inputs + outputs.compactMap { $0 } + [dy]) {
        [inputs, outputs] memory in
        norm.backward(
          inputs.map { UnsafePointer(memory[$0]) }, dy: memory[dy],
          outputs: outputs.map { value in value.map { memory[$0] } })
      }
    }
    let x = parts.input.restore?(&self) ?? parts.input.value
    for (layer, gradient) in zip(parts.layers, parts.summands) {
      backwardWeight(layer, x: x, dy: gradient)
    }
    guard let dx else { return nil }
    for (index, (layer, gradient)) in zip(parts.layers, parts.summands).enumerated() {
      backwardInput(layer, dy: gradient, dx: dx, accumulates: parts.hasIdentity || index > 0)
    }
    return dx
  }

  private mutating func addGate(
    _ gate: TrainingSqueezeExcitation<Scalar>, _ block: TrainingArchitecture.Block,
    _ input: GraphValue, _ shape: FeatureShape, keeps: Bool
  ) -> Activation<Scalar> {
    let y = value(shape)
    let layer = "\(block.name) (squeeze-and-excitation)"
    step(layer, [input, y], result: y) { gate.forward(x: $0[input], y: $0[y]) }
    guard !keeps else { return Activation(value: y, shape: shape, restore: nil) }
    return Activation(value: y, shape: shape) { builder in
      let again = builder.value(shape)
      builder.step(layer, [input, again], result: again) {
        gate.reapply(x: $0[input], y: $0[again])
      }
      return again
    }
  }

  /// Computes the norm's output again, from the statistics of the forward pass.
  private mutating func again(
    _ norm: BranchNormalization<Scalar>, _ block: TrainingArchitecture.Block,
    _ inputs: [GraphValue], _ shape: FeatureShape
  ) -> GraphValue {
    let y = value(shape)
    step("\(block.name) (batch norm)", inputs + [y], result: y) { memory in
      norm.reapply(inputs.map { UnsafePointer(memory[$0]) }, y: memory[y])
    }
    return y
  }

  private func scale(_ name: String) throws -> ScaleSlots<Scalar> {
    let isTrainable = store.entry("\(name).weight")?.specification.role == .trainable
    return ScaleSlots(
      scale: try store.value("\(name).weight"),
      gradient: isTrainable ? try store.gradient("\(name).weight") : nil)
  }
}
