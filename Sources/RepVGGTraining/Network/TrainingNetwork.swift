import RepVGG

/// A network in training: its state, its gradients, and the passes that compute them.
///
/// Activations are planned for one batch shape when the network is made; a step allocates none.
/// Not `Sendable`: one task at a time uses a network, its work is shared among threads inside.
public final class TrainingNetwork<Scalar: TrainingScalar> {
  /// What the network consists of.
  public let architecture: TrainingArchitecture
  /// Images of a batch.
  public let batchSize: Int
  /// Rows of an image.
  public let imageHeight: Int
  /// Columns of an image.
  public let imageWidth: Int
  package let store: ParameterStore<Scalar>
  package let threads: TrainingThreads
  package let training: TrainingGraph<Scalar>
  private var evaluation: TrainingGraph<Scalar>?

  /// A network with PyTorch's default start from a seed.
  ///
  /// - Parameters:
  ///   - architecture: its blocks, form and classes.
  ///   - batchSize: images of a training batch.
  ///   - imageHeight: rows of an image.
  ///   - imageWidth: columns of an image.
  ///   - seed: what the random start depends on.
  ///   - threadCount: threads that share the work; results depend on it in the last bits.
  /// - Throws: `invalidArgument` for sizes that do not fit, `outOfMemory`.
  public init(
    _ architecture: TrainingArchitecture, batchSize: Int, imageHeight: Int, imageWidth: Int,
    seed: UInt64 = 0, threadCount: Int = 1
  ) throws {
    self.architecture = architecture
    self.batchSize = batchSize
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
    threads = try TrainingThreads(count: threadCount)
    store = try ParameterStore(architecture)
    store.start(seed: seed)
    training = try Scalar.kernels.makeGraph(
      architecture, store, batchSize, imageHeight, imageWidth, true, threads)
  }

  /// Channels of an image.
  public var imageChannels: Int { architecture.blocks.first?.inputChannels ?? 0 }

  /// The state under its official names, in PyTorch's layout.
  public func checkpoint(metadata: [String: String] = [:]) -> Checkpoint {
    store.checkpoint(metadata: metadata)
  }

  /// Loads a state with exactly this network's tensors; batch counters may be missing.
  ///
  /// - Throws: `badData` with the tensor that is missing, misshapen, not finite or unknown.
  public func load(_ checkpoint: Checkpoint) throws { try store.load(checkpoint) }

  /// The gradient of a tensor from the last training pass, in PyTorch's layout; nil if it has none.
  public func gradient(of name: String) -> [Scalar]? { store.gradient(of: name) }

  // MARK: - Passes

  /// Computes the loss of a batch and all gradients, and moves the running statistics.
  ///
  /// - Parameters:
  ///   - images: NCHW, `batchSize` images.
  ///   - labels: a class for each.
  ///   - labelSmoothing: the share of the target that is spread over all classes.
  /// - Returns: the mean loss, and how many images the network classified correctly.
  /// - Throws: `invalidArgument` for the wrong number of elements, `badData` for a wrong label.
  public func trainingPass(
    images: [Scalar], labels: [Int32], labelSmoothing: Double = 0
  ) throws -> (loss: Double, correctCount: Int) {
    try fill(training, images)
    return try trainingPass(labels: labels, labelSmoothing: labelSmoothing)
  }

  /// The same for the images that are in the training graph's input.
  package func trainingPass(
    labels: [Int32], labelSmoothing: Double
  ) throws -> (loss: Double, correctCount: Int) {
    guard labels.count == batchSize else {
      throw RepVGGError(.invalidArgument, "\(labels.count) labels for a batch of \(batchSize)")
    }
    training.forward()
    let logits = training.output
    guard let base = logits.baseAddress else {
      throw RepVGGError(.internalInconsistency, "the network has no output")
    }
    let loss = try CrossEntropy<Scalar>(
      classCount: architecture.classCount, labelSmoothing: labelSmoothing
    ).loss(logits: base, labels: labels, gradient: training.outputGradient?.baseAddress)
    let correct = correctCount(UnsafeBufferPointer(logits), labels)
    if loss.isFinite { training.backward() }
    return (loss, correct)
  }

  /// The logits of up to `batchSize` images, NCHW, by the running statistics: `[images][classes]`.
  public func logits(images: [Scalar]) throws -> [[Scalar]] {
    let imageCount = imageChannels * imageHeight * imageWidth
    let count = images.count / max(imageCount, 1)
    guard count * imageCount == images.count, count <= batchSize else {
      throw RepVGGError(
        .invalidArgument, "\(images.count) elements are not up to \(batchSize) whole images")
    }
    let graph = try evaluationGraph()
    try fill(graph, images + [Scalar](repeating: 0, count: (batchSize - count) * imageCount))
    graph.forward()
    let classes = architecture.classCount
    return (0..<count).map { Array(graph.output[$0 * classes..<($0 + 1) * classes]) }
  }

  /// The graph of evaluation, compiled when it is first asked for.
  package func evaluationGraph() throws -> TrainingGraph<Scalar> {
    if let evaluation { return evaluation }
    let graph = try Scalar.kernels.makeGraph(
      architecture, store, batchSize, imageHeight, imageWidth, false, threads)
    evaluation = graph
    return graph
  }

  /// How many of the first `labels.count` rows have their largest logit at the label.
  package func correctCount(_ logits: UnsafeBufferPointer<Scalar>, _ labels: [Int32]) -> Int {
    precondition(logits.count >= labels.count * architecture.classCount, "too few logits")
    guard let base = logits.baseAddress else { return 0 }
    return labels.withUnsafeBufferPointer { labels in
      labels.baseAddress.map {
        Scalar.kernels.countCorrect(labels.count, architecture.classCount, base, $0)
      } ?? 0
    }
  }

  private func fill(_ graph: TrainingGraph<Scalar>, _ images: [Scalar]) throws {
    let pixels = imageHeight * imageWidth
    guard images.count == graph.input.count else {
      throw RepVGGError(
        .invalidArgument, "\(images.count) elements instead of the batch's \(graph.input.count)")
    }
    for image in 0..<batchSize {
      for channel in 0..<imageChannels {
        let plane = (image * imageChannels + channel) * pixels
        let first = image * imageChannels * pixels + channel
        for pixel in 0..<pixels {
          graph.input.base[first + pixel * imageChannels] = images[plane + pixel]
        }
      }
    }
  }

  // MARK: - Reports

  /// The number of trained values.
  public var parameterCount: Int { store.gradients.count }

  /// Bytes of a training step's activations and their gradients at their peak, without the images.
  public var activationByteCount: Int { training.activationByteCount }

  /// Bytes of the operators' scratch memory.
  public var workspaceByteCount: Int { training.workspaceByteCount }

  /// Bytes of the state.
  public var stateByteCount: Int { store.values.count * MemoryLayout<Scalar>.stride }

  /// Bytes of the gradients.
  public var gradientByteCount: Int { store.gradients.count * MemoryLayout<Scalar>.stride }
}
