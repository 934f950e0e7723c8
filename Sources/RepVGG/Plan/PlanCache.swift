import Synchronization

/// Plans of one network by input shape and options, kept for those that were used last.
///
/// ```swift
/// let plans = PlanCache(network)
/// try plans.prepare([InputShape(batch: 1, height: 224, width: 224)])
/// let session = try plans.plan(InputShape(batch: 1, height: 224, width: 224)).makeSession()
/// ```
///
/// A new plan shares packed weights with earlier ones that something still holds, layer by layer where
/// both pack a layer in the same way: it merges and packs only the others. Direct and depthwise
/// convolutions pack the same for every batch and size. Winograd's weights depend on the tiles and their
/// order, which the planner chooses by the size of the layers. Memory that is shared is freed with the
/// last plan that uses it; a plan shares no memory of which it would use less than half. What a plan
/// computes is the same with and without a cache.
///
/// Any number of threads may use one. Those that need new plans make them one after the other.
public final class PlanCache: Sendable {
  private struct WeakPlan {
    weak var plan: Plan?
  }

  private struct State {
    var limit: Int
    /// The plan that was used last is at the end.
    var kept: [Plan] = []
    /// Every plan that something still uses, kept or not.
    var living: [WeakPlan] = []

    mutating func find(_ input: InputShape, _ options: PlanOptions) -> Plan? {
      let plan = living.lazy.compactMap(\.plan).first {
        $0.input == input && $0.options == options
      }
      if let plan { keep(plan) }
      return plan
    }

    mutating func insert(_ plan: Plan) {
      living.removeAll { $0.plan == nil }
      living.append(WeakPlan(plan: plan))
      keep(plan)
    }

    private mutating func keep(_ plan: Plan) {
      kept.removeAll { $0 === plan }
      kept.append(plan)
      shrink()
    }

    mutating func shrink() { kept.removeFirst(max(0, kept.count - limit)) }
  }

  /// The network whose plans these are.
  public let network: Network
  private let state: Mutex<State>
  /// Held while a plan is made.
  private let planning = Mutex<Void>(())

  /// A cache without plans.
  ///
  /// - Parameters:
  ///   - network: Branched or merged.
  ///   - limit: How many plans to keep, see ``limit``.
  public init(_ network: Network, limit: Int = 8) {
    self.network = network
    state = Mutex(State(limit: max(0, limit)))
  }

  /// How many plans are kept, at least 0: those used last.
  ///
  /// Others live as long as their sessions, and are found again meanwhile.
  public var limit: Int {
    get { state.withLock { $0.limit } }
    set {
      state.withLock {
        $0.limit = max(0, newValue)
        $0.shrink()
      }
    }
  }

  /// The plans that are kept; the one that was used last is at the end.
  public var plans: [Plan] { state.withLock { $0.kept } }

  /// Bytes of the packed weights of the plans that are kept; what they share counts once.
  public var packedWeightByteCount: Int {
    Self.distinct(plans).reduce(0) { $0 + $1.byteCount }
  }

  /// The memory that plans' packed weights are in, each once; the latest plans' first.
  private static func distinct(_ plans: [Plan]) -> [PackedBuffer] {
    var known: Set<ObjectIdentifier> = []
    return plans.reversed().flatMap(\.packedWeights.buffers).filter {
      known.insert(ObjectIdentifier($0)).inserted
    }
  }

  /// The plan for an input: one that exists, or a new one.
  ///
  /// - Parameters:
  ///   - input: The shape of the images.
  ///   - options: Form, threads, features.
  ///   - cancellation: Asked between layers whether a new plan is still wanted; not while another
  ///     thread's plan is made first.
  /// - Returns: A plan for any number of sessions; the same one again while it lives.
  /// - Throws: What ``Plan/init(_:input:options:cancellation:)`` throws; the cache is as before then.
  public func plan(
    _ input: InputShape, options: PlanOptions = PlanOptions(), cancellation: Cancellation = .never
  ) throws(RepVGGError) -> Plan {
    if let plan = state.withLock({ $0.find(input, options) }) { return plan }
    return try planning.withLock { (_) throws(RepVGGError) -> Plan in
      if let plan = state.withLock({ $0.find(input, options) }) { return plan }
      try cancellation.check()
      let plan = try Plan(
        network, input: input, options: options, machine: .current,
        sharing: Self.distinct(state.withLock { $0.living.compactMap(\.plan) }),
        cancellation: cancellation)
      state.withLock { $0.insert(plan) }
      return plan
    }
  }

  /// Makes plans ahead, so that ``plan(_:options:cancellation:)`` has them at once.
  ///
  /// - Parameters:
  ///   - inputs: The shapes of the images.
  ///   - options: Form, threads, features.
  ///   - cancellation: Asked between layers whether the plans are still wanted.
  /// - Throws: `invalidArgument` for more shapes than ``limit``, of which the first would be given up
  ///   again, and what ``plan(_:options:cancellation:)`` throws; plans made before that are kept.
  public func prepare(
    _ inputs: [InputShape], options: PlanOptions = PlanOptions(),
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    let (count, limit) = (Set(inputs).count, limit)
    guard count <= limit else {
      throw RepVGGError(
        .invalidArgument,
        "\(count) plans are to be prepared, and only \(limit) are kept: raise the limit")
    }
    for input in inputs { _ = try plan(input, options: options, cancellation: cancellation) }
  }
}
