import RepVGG
import SeededNumbers

/// RepOptimizer on the plain network compared with the same optimizer on the scaled branches.
///
/// Both start as the same function and see the same batches; the difference after every step shows
/// whether one follows the other.
public struct EquivalenceExperiment: Sendable {
  /// The blocks; their form does not matter.
  public var architecture: TrainingArchitecture
  /// The optimizer of both.
  public var settings: OptimizerSettings
  /// How the scales enter the plain network's steps.
  public var rule: GradientReparameterization.Rule
  /// The scales; nil draws some of both signs, a quarter of the convolutions' negative.
  public var scales: RepOptimizerScales?
  /// The learning rate of every step.
  public var learningRate: Double
  /// Steps.
  public var stepCount: Int
  /// Images of a batch.
  public var batchSize: Int
  /// Rows and columns of an image.
  public var imageSize: Int
  /// What weights, scales and images depend on.
  public var seed: UInt64
  /// Threads of each network.
  public var threadCount: Int

  /// An experiment; the defaults are a small network with scales of both signs.
  public init(
    architecture: TrainingArchitecture = TrainingArchitecture(
      form: .plain, blockCounts: [2, 2, 1, 1], channels: [8, 8, 16, 16, 24], classCount: 10),
    settings: OptimizerSettings = .sgd(SGDSettings(weightDecay: 0.01)),
    rule: GradientReparameterization.Rule = .multipliers(.squares),
    scales: RepOptimizerScales? = nil, learningRate: Double = 0.05, stepCount: Int = 10,
    batchSize: Int = 8, imageSize: Int = 32, seed: UInt64 = 0, threadCount: Int = 1
  ) {
    self.architecture = architecture
    self.settings = settings
    self.rule = rule
    self.scales = scales
    self.learningRate = learningRate
    self.stepCount = stepCount
    self.batchSize = batchSize
    self.imageSize = imageSize
    self.seed = seed
    self.threadCount = threadCount
  }

  /// Trains both in Float64.
  ///
  /// - Returns: the relative L2 difference of all tensors together after every step, the branches
  ///   taken as the kernels that they amount to.
  /// - Throws: `invalidArgument` where the parts do not fit.
  public func relativeDifferenceByStep() throws -> [Double] {
    let scaled = architecture.with(form: .constantScale)
    let scales = self.scales ?? Self.mixedScales(architecture, seed: seed)
    let branches = try network(scaled)
    try branches.store.assign(scales, architecture: scaled)
    let plain = try network(architecture.with(form: .plain))
    try plain.load(try scaled.plainState(ofScaled: branches.checkpoint()))
    let optimizers = (
      try Optimizer(branches, settings),
      try Optimizer(
        plain, settings, reparameterization: GradientReparameterization(scales: scales, rule: rule))
    )
    var random = SplitMix64(seed: seed, keys: 3)
    var differences: [Double] = []
    for _ in 0..<stepCount {
      let images = (0..<branches.training.input.count).map { _ in 4 * random.unit() - 2 }
      let labels = (0..<batchSize).map { _ in Int32(random.below(architecture.classCount)) }
      _ = try branches.trainingPass(images: images, labels: labels)
      _ = try plain.trainingPass(images: images, labels: labels)
      optimizers.0.step(learningRate: learningRate)
      optimizers.1.step(learningRate: learningRate)
      let merged = try scaled.plainState(ofScaled: branches.checkpoint())
      differences.append(try Self.difference(plain.checkpoint(), merged))
    }
    return differences
  }

  private func network(_ architecture: TrainingArchitecture) throws -> TrainingNetwork<Double> {
    try TrainingNetwork(
      architecture, batchSize: batchSize, imageHeight: imageSize, imageWidth: imageSize,
      seed: seed, threadCount: threadCount)
  }

  private static func difference(
    _ state: Checkpoint, _ wanted: Checkpoint
  ) throws(RepVGGError) -> Double {
    var (difference, norm) = (0.0, 0.0)
    for name in wanted.tensors.keys.sorted() {
      guard let values = state.tensors[name], let expected = wanted.tensors[name] else {
        return .infinity
      }
      for (value, target) in zip(try values.doubles(), try expected.doubles()) {
        difference += (value - target) * (value - target)
        norm += target * target
      }
    }
    return (difference / norm).squareRoot()
  }

  /// Scales of magnitude 0.3 to 1.5, a quarter of those of the convolutions negative.
  private static func mixedScales(
    _ architecture: TrainingArchitecture, seed: UInt64
  ) -> RepOptimizerScales {
    var random = SplitMix64(seed: seed, keys: 4)
    func draw(_ count: Int, negative: Bool) -> [Double] {
      (0..<count).map { _ in
        let magnitude = 0.3 + 1.2 * random.unit()
        return negative && random.unit() < 0.25 ? -magnitude : magnitude
      }
    }
    var blocks: [String: RepOptimizerScales.Block] = [:]
    for block in architecture.blocks {
      let channels = block.outputChannels
      blocks[block.name] = RepOptimizerScales.Block(
        convolution: draw(channels, negative: true), pointwise: draw(channels, negative: true),
        identity: block.hasIdentity ? draw(channels, negative: false) : nil)
    }
    return RepOptimizerScales(blocks: blocks)
  }
}

extension ParameterStore {
  /// Takes the scales over into the scale tensors of a scaled form.
  func assign(_ scales: RepOptimizerScales, architecture: TrainingArchitecture) throws {
    for block in architecture.blocks {
      for (module, list) in try scales.scales(of: block).named {
        let target = try value("\(block.name).\(module).weight")
        for (index, scale) in list.enumerated() { target[index] = Scalar(scale) }
      }
    }
  }
}
