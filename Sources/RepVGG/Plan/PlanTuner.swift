/// Refines a plan's choices by timing the whole network on this machine.
///
/// One layer timed alone finds its weights in cache, which the network does not; so each candidate
/// is tried in the network, all equal layers at a time, against the best choices so far. How
/// two plans are timed, and what a difference means, is the caller's: see ``compare``.
package struct PlanTuner {
  /// What is being tried, for progress.
  package struct Progress: Sendable {
    /// Trials done and planned.
    package let completedCount: Int
    package let totalCount: Int
  }

  /// What timing two plans against each other shows.
  package struct Comparison: Sendable {
    /// What it shows about the candidate.
    package enum Verdict: Sendable, Hashable {
      case faster
      /// Slower, or without a difference that matters.
      case notFaster
      /// The machine or the samples do not allow a judgement.
      case undecided
    }
    package let verdict: Verdict
    /// Why, a clause for a person.
    package let reason: String
    /// Typical times of a run, in nanoseconds.
    package let baselineNanoseconds: Double
    package let candidateNanoseconds: Double

    package init(
      _ verdict: Verdict, reason: String, baselineNanoseconds: Double, candidateNanoseconds: Double
    ) {
      self.verdict = verdict
      self.reason = reason
      self.baselineNanoseconds = baselineNanoseconds
      self.candidateNanoseconds = candidateNanoseconds
    }
  }

  /// What two plans are compared for.
  package enum Purpose: Sendable {
    /// One of many trials.
    case trial
    /// What was found against where it began: what is kept depends on it.
    case confirmation
  }

  /// Times a baseline and a candidate against each other, each given as one run of its network.
  package typealias Compare = (
    _ purpose: Purpose, _ baseline: () throws(RepVGGError) -> Void,
    _ candidate: () throws(RepVGGError) -> Void
  ) throws(RepVGGError) -> Comparison

  /// What a search came to.
  package enum Outcome: Sendable {
    /// These choices are faster than the cost model's.
    case faster([ConvolutionLayer: ConvolutionChoice], Comparison)
    /// Nothing that was tried is faster than the cost model's choices, which are these.
    case unchanged([ConvolutionLayer: ConvolutionChoice])
    /// Nothing is known for certain, and why.
    case undecided(String)
  }

  private let network: Network
  private let input: InputShape
  private let options: PlanOptions
  private let cpus: [Int]
  private let cancellation: Cancellation

  /// A tuner.
  ///
  /// - Parameters:
  ///   - network: What is run.
  ///   - input: The shape of the images.
  ///   - options: Form, threads, policy.
  ///   - cpus: Where the threads run; any where empty.
  ///   - cancellation: Asked between trials and within plans and runs.
  package init(
    network: Network, input: InputShape, options: PlanOptions, cpus: [Int] = [],
    cancellation: Cancellation = .never
  ) {
    self.cancellation = cancellation
    self.network = network
    self.input = input
    self.options = options
    self.cpus = cpus
  }

  /// Tries the most promising candidates of every layer shape.
  ///
  /// A candidate replaces the best so far only where it is certainly faster, and what all of them
  /// come to is timed once more against the first plan.
  ///
  /// - Parameters:
  ///   - candidateCount: Candidates a shape, in the order of the cost model.
  ///   - progress: Called after each trial.
  ///   - compare: Times two plans.
  /// - Returns: What to keep, if anything.
  /// - Throws: What making a plan throws, `cancelled` among it, and what `compare` throws.
  package func tune(
    candidateCount: Int = 12, progress: (Progress) -> Void = { _ in }, compare: Compare
  ) throws(RepVGGError) -> Outcome {
    let planner = ConvolutionPlanner(options: options)
    let layers = try Plan.convolutionLayers(network, input: input, options: options)
      .map { $0.layer }
    let initial = Dictionary(
      zip(layers, try planner.choices(layers)), uniquingKeysWith: { first, _ in first })
    let model = CostModel(
      machine: planner.machine,
      packedWeightByteCount: layers.reduce(0) { $0 + $1.shape.weightByteCount })
    let distinct = Self.byMultiplications(layers)
    var trials: [[ConvolutionChoice]] = []
    for layer in distinct {
      let priced = try planner.candidates(layer).map { choice in
        (
          choice,
          model.nanoseconds(choice.method.work(of: layer, kernels: planner.machine.kernels))
        )
      }
      trials.append(Self.diverse(priced, count: candidateCount))
    }
    let total = trials.reduce(0) { $0 + $1.count }
    let images = [Float](repeating: 0.5, count: input.elementCount)
    var best = initial
    var bestSession = try session(best)
    var completed = 0
    var compared = 0
    var doubts: [String] = []
    func comparison(
      _ purpose: Purpose, _ baseline: Session, _ candidate: Session
    ) throws(RepVGGError) -> Comparison {
      try compare(
        purpose, { () throws(RepVGGError) in _ = try baseline.run(images) },
        { () throws(RepVGGError) in _ = try candidate.run(images) })
    }
    for (layer, candidates) in zip(distinct, trials) {
      for candidate in candidates {
        try cancellation.check()
        completed += 1
        var attempt = best
        attempt[layer] = candidate
        guard attempt != best else { continue }
        let attemptSession = try session(attempt)
        let trial = try comparison(.trial, bestSession, attemptSession)
        compared += 1
        switch trial.verdict {
        case .faster: (best, bestSession) = (attempt, attemptSession)
        case .notFaster: break
        case .undecided: doubts.append(trial.reason)
        }
        progress(Progress(completedCount: completed, totalCount: total))
      }
    }
    guard best != initial else {
      // As with blocks of a measurement, a quarter of them may be disturbed.
      guard doubts.count * 4 > compared, let doubt = doubts.last else { return .unchanged(initial) }
      return .undecided("\(doubts.count) of \(compared) trials, the last one because \(doubt)")
    }
    let confirmation = try comparison(.confirmation, try session(initial), bestSession)
    try cancellation.check()
    switch confirmation.verdict {
    case .faster: return .faster(best, confirmation)
    case .notFaster: return .unchanged(initial)
    case .undecided: return .undecided(confirmation.reason)
    }
  }

  private func session(_ choices: [ConvolutionLayer: ConvolutionChoice]) throws(RepVGGError)
    -> Session
  {
    var options = options
    options.choices = choices
    return try Plan(network, input: input, options: options, cancellation: cancellation)
      .makeSession(cpus: cpus, cancellation: cancellation)
  }

  /// The cheapest two candidates of every kind (algorithm, tile, split), cheapest kinds first:
  /// the model ranks parameters of one kind better than kinds.
  private static func diverse(
    _ candidates: [(ConvolutionChoice, Double)], count: Int
  ) -> [ConvolutionChoice] {
    var seen: [String: Int] = [:]
    let ranked = candidates.sorted { $0.1 < $1.1 }.filter { candidate, _ in
      seen[candidate.method.kind, default: 0] += 1
      return seen[candidate.method.kind, default: 0] <= 2
    }
    return ranked.prefix(count).map(\.0)
  }

  /// The layers that differ, those with most multiplications in the network first.
  private static func byMultiplications(_ layers: [ConvolutionLayer]) -> [ConvolutionLayer] {
    var counts: [ConvolutionLayer: Int] = [:]
    for layer in layers { counts[layer, default: 0] += layer.shape.multiplicationCount }
    return counts.sorted { ($0.value, $0.key.line) > ($1.value, $1.key.line) }.map(\.key)
  }
}
