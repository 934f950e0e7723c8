import RepVGG

/// Moves a network's parameters along their gradients.
///
/// Weight decay applies by upstream's groups: to tensors of two dimensions or more and to identity
/// scales and identity norms' weights, to nothing else. The order is upstream's: multiplier first,
/// decay after, because the decay must not be multiplied.
public final class Optimizer<Scalar: TrainingScalar> {
  /// Which optimizer.
  public let settings: OptimizerSettings
  /// What makes it RepOptimizer; nil for the ordinary one.
  public let reparameterization: GradientReparameterization?
  /// The norm that all gradients together are cut to; nil for none.
  public let clippingNorm: Double?
  /// Steps made.
  public internal(set) var stepCount = 0

  let network: TrainingNetwork<Scalar>
  /// SGD's momentum, or AdamW's mean of gradients.
  let first: ScalarBuffer<Scalar>?
  /// AdamW's mean of squares.
  let second: ScalarBuffer<Scalar>?
  /// By position in the store's trainable entries: a multiplier, or the parts of the exact rule.
  private let multipliers: [Int: [ScalarBuffer<Scalar>]]

  /// An optimizer for a network.
  ///
  /// - Throws: `invalidArgument` for numbers out of range, for scales that do not fit, for a
  ///   reparameterization on a network that is not plain, and for clipping where it would break
  ///   the equivalence.
  public init(
    _ network: TrainingNetwork<Scalar>, _ settings: OptimizerSettings,
    reparameterization: GradientReparameterization? = nil, clippingNorm: Double? = nil
  ) throws {
    try settings.validate()
    try Self.checkClipping(clippingNorm, network.architecture.form, reparameterization)
    self.network = network
    self.settings = settings
    self.reparameterization = reparameterization
    self.clippingNorm = clippingNorm
    let count = network.store.gradients.count
    switch settings {
    case .sgd(let sgd):
      first = sgd.momentum > 0 ? try ScalarBuffer(count: count) : nil
      second = nil
    case .adamW:
      first = try ScalarBuffer(count: count)
      second = try ScalarBuffer(count: count)
    }
    multipliers = try reparameterization?.buffers(for: network, settings) ?? [:]
  }

  private static func checkClipping(
    _ norm: Double?, _ form: TrainingArchitecture.Form,
    _ reparameterization: GradientReparameterization?
  ) throws {
    guard let norm else { return }
    guard norm > 0, norm.isFinite else {
      throw RepVGGError(.invalidArgument, "the clipping norm must be positive")
    }
    guard reparameterization == nil, form != .constantScale else {
      throw RepVGGError(
        .invalidArgument,
        "gradient clipping would break the equivalence of RepOptimizer and its branches: the norm "
          + "of the plain network's gradients is not that of the branches', so that both would be "
          + "cut by different factors; clip in the hyper-search instead")
    }
  }

  /// Bytes of momentum, moments and multipliers.
  public var byteCount: Int {
    let buffers = [first, second].compactMap { $0 } + multipliers.values.flatMap { $0 }
    return buffers.reduce(0) { $0 + $1.count } * MemoryLayout<Scalar>.stride
  }

  /// The L2 norm of all gradients together.
  public var gradientNorm: Double {
    let gradients = network.store.gradients
    return Scalar.kernels.squareSum(gradients.count, gradients.base).squareRoot()
  }

  /// The factors of a tensor's gradient in PyTorch's layout; nil where there are none.
  package func multipliers(of name: String) -> [[Scalar]]? {
    guard let index = network.store.trainable.firstIndex(where: { $0.name == name }) else {
      return nil
    }
    let shape = network.store.trainable[index].specification.shape
    return multipliers[index].map { $0.map { network.store.load($0.base, shape) } }
  }

  /// Makes a step with the gradients of the last training pass.
  ///
  /// The gradients themselves are scaled where they are clipped.
  public func step(learningRate: Double) {
    if let clippingNorm {
      let factor = min(1, clippingNorm / (gradientNorm + 1e-6))
      if factor < 1 {
        let gradients = network.store.gradients
        Scalar.kernels.scale(gradients.count, Scalar(factor), gradients.base)
      }
    }
    let isFirst = stepCount == 0
    stepCount += 1
    // The threads share the elements, whatever tensors they belong to.
    network.threads.split(network.store.gradients.count, grain: 1024) { _, range in
      for (index, entry) in network.store.trainable.enumerated() {
        let part = range.clamped(to: entry.range)
        if !part.isEmpty {
          update(part, entry, multipliers[index] ?? [], learningRate, isFirst: isFirst)
        }
      }
    }
  }

  private func update(
    _ range: Range<Int>, _ entry: ParameterStore<Scalar>.Entry,
    _ multipliers: [ScalarBuffer<Scalar>], _ rate: Double, isFirst: Bool
  ) {
    let offset = range.lowerBound
    let parameter = network.store.values.base + offset
    let gradient = network.store.gradients.base + offset
    let factors = multipliers.map { UnsafePointer($0.base + (offset - entry.offset)) }
    let decays = entry.specification.decays
    switch settings {
    case .sgd(let sgd):
      Scalar.kernels.sgd(
        range.count, parameter, gradient, factors.first, first.map { $0.base + offset }, rate,
        decays ? sgd.weightDecay : 0, sgd.momentum, sgd.dampening, sgd.isNesterov ? 1 : 0,
        isFirst ? 1 : 0)
    case .adamW(let adam):
      guard let first, let second else { return }
      let decay = decays ? adam.weightDecay : 0
      let corrections = (1 - power(adam.beta1, stepCount), 1 - power(adam.beta2, stepCount))
      if case .exact = reparameterization?.rule, !factors.isEmpty {
        withPointers(factors, factors) { parts, _ in
          Scalar.kernels.adamWParts(
            range.count, parameter, gradient, factors.count, parts, first.base + offset,
            second.base + offset, rate, decay, adam.beta1, adam.beta2, adam.epsilon,
            corrections.0, corrections.1)
        }
      } else {
        Scalar.kernels.adamW(
          range.count, parameter, gradient, factors.first, first.base + offset,
          second.base + offset, rate, decay, adam.beta1, adam.beta2, adam.epsilon, corrections.0,
          corrections.1)
      }
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
