import RepVGG

/// Which optimizer, with what numbers.
public enum OptimizerSettings: Sendable, Hashable, Codable {
  /// Stochastic gradient descent.
  case sgd(SGDSettings)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
  case adamW(AdamWSettings)

  /// Checks the numbers.
  ///
  /// - Throws: `invalidArgument` with the one that is out of range.
  public func validate() throws {
    func require(_ holds: Bool, _ reason: String) throws {
      if !holds { throw RepVGGError(.invalidArgument, reason) }
    }
    switch self {
    case .sgd(let settings):
      try require((0..<1).contains(settings.momentum), "momentum must be in 0..<1")
      try require((0...1).contains(settings.dampening), "dampening must be in 0...1")
      try require(
        settings.weightDecay >= 0 && settings.weightDecay.isFinite,
        "weight decay must not be negative")
      try require(
        !settings.isNesterov || (settings.momentum > 0 && settings.dampening == 0),
        "Nesterov needs momentum and no dampening")
    case .adamW(let settings):
      try require((0..<1).contains(settings.beta1), "beta1 must be in 0..<1")
      try require((0..<1).contains(settings.beta2), "beta2 must be in 0..<1")
      try require(
        settings.epsilon >= 0 && settings.epsilon.isFinite, "epsilon must not be negative")
      try require(
        settings.weightDecay >= 0 && settings.weightDecay.isFinite,
        "weight decay must not be negative")
    }
  }
}

/// The numbers of stochastic gradient descent, in PyTorch's sense.
public struct SGDSettings: Sendable, Hashable, Codable {
  /// How much of the last steps lives on.
  public var momentum: Double
  /// How much of a gradient the momentum does not take.
  public var dampening: Double
  /// Whether a step looks ahead along the momentum.
  public var isNesterov: Bool
  /// Added to the gradient as a share of the parameter, in the groups that decay.
  public var weightDecay: Double

  /// Settings; the defaults are upstream's.
  public init(
    momentum: Double = 0.9, dampening: Double = 0, isNesterov: Bool = true,
    weightDecay: Double = 1e-4
  ) {
    self.momentum = momentum
    self.dampening = dampening
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }
}

/// The numbers of AdamW.
public struct AdamWSettings: Sendable, Hashable, Codable {
  /// Memory of the gradients' mean.
  public var beta1: Double
  /// Memory of the gradients' square.
  public var beta2: Double
  /// Added to the root of the square.
  public var epsilon: Double
  /// The share of a parameter that a step of rate 1 would remove, in the groups that decay.
  public var weightDecay: Double

  /// Settings; the defaults are upstream's.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.05
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }
}
