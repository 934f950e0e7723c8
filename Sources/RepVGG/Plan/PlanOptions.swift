/// How a network is to be computed.
public struct PlanOptions: Sendable, Hashable {
  /// The form to run.
  public var form: Form
  /// Threads that compute one input together, the caller's included.
  public var threadCount: Int
  /// Whether every stage's output is kept for the caller.
  public var collectsFeatures: Bool

  /// Options; the default is the plain form on one thread.
  public init(form: Form = .plain, threadCount: Int = 1, collectsFeatures: Bool = false) {
    self.form = form
    self.threadCount = threadCount
    self.collectsFeatures = collectsFeatures
  }
}
