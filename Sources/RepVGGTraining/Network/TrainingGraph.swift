import RepVGG

/// A network compiled for one batch shape: its steps in order, and the memory they work in.
///
/// Nothing is allocated by a step. The graph reads and writes the store it was made for.
package final class TrainingGraph<Scalar: TrainingScalar> {
  /// Images of a batch.
  package let batch: Int
  /// The batch, NHWC; the caller fills it before a run.
  package let input: ScalarBuffer<Scalar>
  private let forwardSteps: ArraySlice<GraphStep<Scalar>>
  private let backwardSteps: ArraySlice<GraphStep<Scalar>>
  private let memory: GraphMemory<Scalar>
  private let outputValue: GraphValue
  private let outputGradientValue: GraphValue?
  private let inputGradientValue: GraphValue?
  private let outputCount: Int
  private let inputCount: Int

  /// Elements of the output: logits, or the last block's features where there is no head.
  package var output: UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(start: memory[outputValue], count: outputCount)
  }
  /// The output's gradient, to be filled between the passes.
  package var outputGradient: UnsafeMutableBufferPointer<Scalar>? {
    outputGradientValue.map {
      UnsafeMutableBufferPointer(start: memory[$0], count: outputCount)
    }
  }
  /// The input's gradient, NHWC, after the backward pass, where it was asked for.
  package var inputGradient: UnsafeMutableBufferPointer<Scalar>? {
    inputGradientValue.map {
      UnsafeMutableBufferPointer(start: memory[$0], count: inputCount)
    }
  }
  /// Bytes of activations and their gradients at their peak, the input excluded.
  package var activationByteCount: Int { memory.elementCount * MemoryLayout<Scalar>.stride }
  /// Bytes of patches and partial sums.
  package var workspaceByteCount: Int { memory.workspace.count * MemoryLayout<Scalar>.stride }

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - architecture: its blocks.
  ///   - store: its parameters.
  ///   - batch: images of a batch.
  ///   - height: rows of an image.
  ///   - width: columns of an image.
  ///   - isTraining: whether batch statistics are used and a backward pass is wanted.
  ///   - hasHead: whether pooling and the linear layer follow the blocks.
  ///   - givesInputGradient: whether the images' gradient is wanted.
  ///   - threads: the threads to run on.
  /// - Throws: `invalidArgument` for sizes that do not fit, `outOfMemory`.
  package init(
    _ architecture: TrainingArchitecture, store: ParameterStore<Scalar>, batch: Int, height: Int,
    width: Int, isTraining: Bool, hasHead: Bool = true, givesInputGradient: Bool = false,
    threads: TrainingThreads
  ) throws {
    guard (1...(1 << 20)).contains(batch), (1...(1 << 14)).contains(height),
      (1...(1 << 14)).contains(width), let first = architecture.blocks.first
    else {
      throw RepVGGError(.invalidArgument, "a batch of \(batch) images of \(height)x\(width)")
    }
    var builder = GraphBuilder(
      architecture: architecture, store: store, threads: threads, batch: batch,
      isTraining: isTraining)
    let shape = FeatureShape(height: height, width: width, channels: first.inputChannels)
    self.batch = batch
    inputCount = batch * height * width * shape.channels
    input = try ScalarBuffer(count: inputCount)
    // The images are in a buffer of their own: the value only stands for it.
    let inputValue = builder.value(0)
    var activation = Activation<Scalar>(value: inputValue, shape: shape, restore: nil)
    var backward: [GraphBuilder<Scalar>.Backward] = []
    for (index, block) in architecture.blocks.enumerated() {
      let next = architecture.blocks.dropFirst(index + 1).first
      let needsOutput = next.map { next in
        architecture.branchNames(next).contains { $0.kernel == 0 }
      }
      let added = try builder.addBlock(
        block, input: activation, nextNeedsOutput: needsOutput ?? true,
        givesInputGradient: index > 0 || givesInputGradient)
      activation = added.output
      backward.append(added.backward)
    }
    var result = activation.value
    var resultCount =
      batch * activation.shape.height * activation.shape.width * activation.shape.channels
    if hasHead {
      let head = try builder.addHead(activation)
      result = head.output
      backward.append(head.backward)
      resultCount = batch * architecture.classCount
    }
    builder.step("output", [result]) { _ in }
    let forwardCount = builder.steps.count
    var gradient: GraphValue?
    if isTraining {
      let seed = builder.value(resultCount)
      outputGradientValue = seed
      // From the end of the forward pass, so that the loss can write it while it reads the output.
      builder.step("loss", [result, seed]) { _ in }
      gradient = seed
      for add in backward.reversed() {
        guard let dy = gradient else { break }
        gradient = try add(&builder, dy)
      }
      if let gradient { builder.step("input gradient", [gradient]) { _ in } }
    } else {
      outputGradientValue = nil
    }
    inputGradientValue = givesInputGradient ? gradient : nil
    outputValue = result
    outputCount = resultCount
    memory = try GraphMemory(
      elementCounts: builder.elementCounts, steps: builder.steps,
      workspaceCount: builder.workspaceCount, external: inputValue, input)
    forwardSteps = builder.steps[..<forwardCount]
    backwardSteps = builder.steps[forwardCount...]
  }

  /// Computes the output of the input.
  package func forward() { for step in forwardSteps { step.run(memory) } }

  /// Computes all gradients from the output's.
  package func backward() { for step in backwardSteps { step.run(memory) } }

  /// Computes the output again and names the first layer whose output is not finite.
  package func firstNonFiniteLayer() -> String? {
    for step in forwardSteps {
      step.run(memory)
      guard let result = step.result else { continue }
      if Scalar.kernels.firstNonFinite(memory.count(of: result), memory[result]) >= 0 {
        return step.layer
      }
    }
    return nil
  }
}

extension GraphBuilder {
  /// Pooling and the linear layer.
  mutating func addHead(
    _ input: Activation<Scalar>
  ) throws -> (output: GraphValue, backward: Backward) {
    let (shape, x) = (input.shape, input.value)
    let pool = try TrainingAveragePool<Scalar>(
      batch: batch, pixels: shape.height * shape.width, channels: shape.channels,
      threads: threads)
    let linear = TrainingLinear(
      rows: batch, inputs: shape.channels, outputs: architecture.classCount,
      slots: try linear("linear"))
    let pooled = value(batch * shape.channels)
    let logits = value(batch * architecture.classCount)
    step("pool", [x, pooled], result: pooled) { pool.forward(x: $0[x], y: $0[pooled]) }
    step("linear", [pooled, logits], result: logits) {
      linear.forward(x: $0[pooled], y: $0[logits])
    }
    return (
      logits,
      { builder, dy in
        let pooledGradient = builder.value(builder.batch * shape.channels)
        let dx = builder.value(shape)
        builder.step("linear", [pooled, dy, pooledGradient]) {
          linear.backward(x: $0[pooled], dy: $0[dy], dx: $0[pooledGradient])
        }
        builder.step("pool", [pooledGradient, dx]) {
          pool.backward(dy: $0[pooledGradient], dx: $0[dx])
        }
        return dx
      }
    )
  }

  static func inconsistent(_ reason: String) -> RepVGGError {
    RepVGGError(.internalInconsistency, reason)
  }
}
