import RepVGG

/// The size of a batch of feature maps.
struct FeatureShape {
  var height: Int
  var width: Int
  var channels: Int
}

/// A block's output as the next block takes it.
struct Activation<Scalar: TrainingScalar> {
  let value: GraphValue
  let shape: FeatureShape
  /// Computes the value again in the backward pass; nil where it is kept.
  let restore: ((inout GraphBuilder<Scalar>) -> GraphValue)?
}

/// Writes the steps of a network's forward and backward pass.
///
/// A plain block keeps what its convolution returned; its own output is computed again when the
/// next block's weight gradient needs it, one pass over memory instead of an activation held.
/// The input of a block with an identity branch is kept, because that block's norm needs it.
struct GraphBuilder<Scalar: TrainingScalar> {
  typealias Memory = GraphMemory<Scalar>
  /// Adds the backward steps, from the output's gradient to the input's where it has one.
  typealias Backward = (inout GraphBuilder, GraphValue) throws -> GraphValue?

  let architecture: TrainingArchitecture
  let store: ParameterStore<Scalar>
  let threads: TrainingThreads
  let batch: Int
  let isTraining: Bool
  var steps: [GraphStep<Scalar>] = []
  var elementCounts: [Int] = []
  var workspaceCount = 0

  init(
    architecture: TrainingArchitecture, store: ParameterStore<Scalar>, threads: TrainingThreads,
    batch: Int, isTraining: Bool
  ) {
    self.architecture = architecture
    self.store = store
    self.threads = threads
    self.batch = batch
    self.isTraining = isTraining
  }

  mutating func value(_ elementCount: Int) -> GraphValue {
    elementCounts.append(elementCount)
    return GraphValue(index: elementCounts.count - 1)
  }

  mutating func value(_ shape: FeatureShape) -> GraphValue {
    value(batch * shape.height * shape.width * shape.channels)
  }

  mutating func step(
    _ layer: String, _ values: [GraphValue], result: GraphValue? = nil,
    _ run: @escaping (Memory) -> Void
  ) {
    steps.append(GraphStep(layer: layer, values: values, result: result, run: run))
  }

  func rows(_ shape: FeatureShape) -> Int { batch * shape.height * shape.width }

  // MARK: - Operators with their parameters

  /// A branch's convolution, with its steps for either direction.
  struct ConvolutionLayer {
    let name: String
    let operation: TrainingConvolution<Scalar>
    let weight: UnsafeMutablePointer<Scalar>
    let gradient: UnsafeMutablePointer<Scalar>
    let output: FeatureShape
  }

  mutating func convolution(
    _ name: String, kernel: Int, block: TrainingArchitecture.Block, input: FeatureShape
  ) throws -> ConvolutionLayer {
    let shape = try TrainingConvolutionShape(
      batch: batch, height: input.height, width: input.width, inputChannels: input.channels,
      outputChannels: block.outputChannels, kernel: kernel, stride: block.stride,
      padding: kernel / 2, groups: block.groups)
    let operation = TrainingConvolution<Scalar>(shape, threads: threads)
    workspaceCount = max(workspaceCount, operation.workspaceCount)
    return ConvolutionLayer(
      name: name, operation: operation, weight: try store.value("\(name).weight"),
      gradient: try store.gradient("\(name).weight"),
      output: FeatureShape(
        height: shape.outputHeight, width: shape.outputWidth, channels: block.outputChannels))
  }

  mutating func forward(_ layer: ConvolutionLayer, _ x: GraphValue) -> GraphValue {
    let y = value(layer.output)
    step(layer.name, [x, y], result: y) { memory in
      layer.operation.forward(
        x: memory[x], weight: layer.weight, y: memory[y], workspace: memory.workspace.base)
    }
    return y
  }

  mutating func backwardWeight(_ layer: ConvolutionLayer, x: GraphValue, dy: GraphValue) {
    step(layer.name, [x, dy]) { memory in
      layer.operation.backwardWeight(
        x: memory[x], dy: memory[dy], gradient: layer.gradient, workspace: memory.workspace.base)
    }
  }

  mutating func backwardInput(
    _ layer: ConvolutionLayer, dy: GraphValue, dx: GraphValue, accumulates: Bool
  ) {
    step(layer.name, [dy, dx], result: dx) { memory in
      layer.operation.backwardInput(
        dy: memory[dy], weight: layer.weight, dx: memory[dx], accumulates: accumulates,
        workspace: memory.workspace.base)
    }
  }

  func batchNorm(_ name: String) throws -> BatchNormSlots<Scalar> {
    BatchNormSlots(
      weight: try store.value("\(name).weight"), bias: try store.value("\(name).bias"),
      weightGradient: try store.gradient("\(name).weight"),
      biasGradient: try store.gradient("\(name).bias"),
      runningMean: try store.value("\(name).running_mean"),
      runningVariance: try store.value("\(name).running_var"))
  }

  func linear(_ name: String) throws -> LinearSlots<Scalar> {
    LinearSlots(
      weight: try store.value("\(name).weight"), bias: try store.value("\(name).bias"),
      weightGradient: try store.gradient("\(name).weight"),
      biasGradient: try store.gradient("\(name).bias"))
  }

  /// The normalized sum of branches of a block.
  func normalization(
    _ names: [String], shape: FeatureShape, appliesReLU: Bool
  ) throws -> BranchNormalization<Scalar> {
    try BranchNormalization(
      rows: rows(shape), channels: shape.channels, branches: try names.map { try batchNorm($0) },
      appliesReLU: appliesReLU, statistics: isTraining ? .batch : .running,
      settings: architecture.batchNorm, threads: threads)
  }

  /// The forward step of a norm; counts the batch in training.
  mutating func forward(
    _ norm: BranchNormalization<Scalar>, names: [String], layer: String, _ inputs: [GraphValue],
    _ y: GraphValue
  ) {
    let store = isTraining ? store : nil
    step(layer, inputs + [y], result: y) { memory in
      norm.forward(inputs.map { UnsafePointer(memory[$0]) }, y: memory[y])
      for name in names { store?.batchCounts[name, default: 0] += 1 }
    }
  }

  mutating func excitation(
    _ block: TrainingArchitecture.Block, shape: FeatureShape
  ) throws -> TrainingSqueezeExcitation<Scalar>? {
    guard let excitation = block.excitation, let names = excitation.names else { return nil }
    return try TrainingSqueezeExcitation(
      batch: batch, pixels: shape.height * shape.width, channels: shape.channels,
      reducedChannels: excitation.reducedChannels,
      down: try linear("\(block.name).\(names.squeeze)"),
      up: try linear("\(block.name).\(names.excite)"),
      appliesReLU: excitation.placement == .beforeReLU,
      threads: threads)
  }
}
