/// What a plan may spend for speed.
public enum Policy: String, Sendable, Hashable, CaseIterable {
  /// The fastest algorithms; Winograd's rounding errors and larger weights are accepted.
  case fast
  /// Direct algorithms only: the smallest rounding errors.
  case exact
  /// Packed weights no larger than 1.1 times the plain Float32 weights: Winograd's are transformed in
  /// the run. Padding to whole registers comes on top where layers have a few channels only.
  case compact
}

/// A family of convolution algorithms.
public enum Algorithm: String, Sendable, Hashable, CaseIterable {
  /// The best for every layer, by the cost model.
  case auto
  /// Winograd's minimal filtering where it can be applied.
  case winograd
  /// Direct convolution over packed weights.
  case direct
  /// im2col and sgemm of OpenBLAS, which is opened for it (``BLASRuntime``).
  case im2col
}

/// How a network is to be computed.
public struct PlanOptions: Sendable, Hashable {
  /// The form to run.
  public var form: Form
  /// Threads that compute one input together, the caller's included.
  public var threadCount: Int
  /// Whether every stage's output is kept for the caller.
  public var collectsFeatures: Bool
  /// What may be spent for speed.
  public var policy: Policy
  /// The convolution algorithm; layers that it cannot do get the next best.
  public var algorithm: Algorithm
  /// Choices by layer that take precedence, such as a tuner's.
  package var choices: [ConvolutionLayer: ConvolutionChoice] = [:]

  /// Options; the default is the plain form on one thread, as fast as can be.
  public init(
    form: Form = .plain, threadCount: Int = 1, collectsFeatures: Bool = false,
    policy: Policy = .fast, algorithm: Algorithm = .auto
  ) {
    self.form = form
    self.threadCount = threadCount
    self.collectsFeatures = collectsFeatures
    self.policy = policy
    self.algorithm = algorithm
  }
}
