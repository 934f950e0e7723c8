import Dispatch

/// Refines a plan's choices by timing the whole network on this machine.
///
/// One layer timed alone finds its weights in cache, which the network does not; so each
/// candidate is tried in the network, all layers of one shape at a time, keeping what is faster.
package struct PlanTuner {
  /// What is being tried, for progress.
  package struct Progress: Sendable {
    /// Trials done and planned.
    package let completedCount: Int
    package let totalCount: Int
    /// The best whole-network time so far.
    package let bestNanoseconds: UInt64
  }

  private let network: Network
  private let input: InputShape
  private let options: PlanOptions
  private let cpus: [Int]

  package init(network: Network, input: InputShape, options: PlanOptions, cpus: [Int] = []) {
    self.network = network
    self.input = input
    self.options = options
    self.cpus = cpus
  }

  /// The best choices found, and the time of the network before and after.
  package struct Result: Sendable {
    package let choices: [String: LayerChoice]
    package let initialNanoseconds: UInt64
    package let tunedNanoseconds: UInt64
  }

  /// Tries the most promising candidates of every layer shape.
  ///
  /// - Parameters:
  ///   - candidateCount: Candidates a shape, in the order of the cost model.
  ///   - shouldStop: Asked between trials; what was found until then is returned.
  ///   - progress: Called after each trial.
  /// - Returns: The choices and times.
  /// - Throws: What making a plan throws.
  package func tune(
    candidateCount: Int = 12, shouldStop: () -> Bool = { false },
    progress: (Progress) -> Void = { _ in }
  ) throws(RepVGGError) -> Result {
    let planner = ConvolutionPlanner(options: options)
    let requests = try Plan.convolutionRequests(network, input: input, options: options)
    var choices = try planner.choices(requests)
    let model = CostModel(
      machine: planner.machine, tapeByteCount: requests.reduce(0) { $0 + $1.shape.weightByteCount })
    let groups = Self.groups(requests)
    let trials = groups.map { group in
      Self.diverse(
        planner.candidates(group[0]).map { ($0, model.nanoseconds($0, group[0])) },
        count: candidateCount)
    }
    let total = trials.reduce(0) { $0 + $1.count }
    let initial = try time(choices)
    var best = initial
    var completed = 0
    for (group, candidates) in zip(groups, trials) {
      for candidate in candidates where !shouldStop() {
        completed += 1
        var attempt = choices
        for request in group { attempt[request.name] = candidate }
        guard attempt != choices else { continue }
        let elapsed = try time(attempt)
        // Differences below half a percent are noise, and the first choice stays.
        if Double(elapsed) < 0.995 * Double(best), try time(attempt) < best {
          best = elapsed
          choices = attempt
        }
        progress(
          Progress(completedCount: completed, totalCount: total, bestNanoseconds: best))
      }
    }
    return Result(choices: choices, initialNanoseconds: initial, tunedNanoseconds: best)
  }

  /// The cheapest two candidates of every kind (algorithm, tile, split), cheapest kinds first:
  /// the model ranks parameters of one kind better than kinds.
  private static func diverse(_ candidates: [(LayerChoice, Double)], count: Int) -> [LayerChoice] {
    var seen: [String: Int] = [:]
    let ranked = candidates.sorted { $0.1 < $1.1 }.filter { candidate, _ in
      seen[candidate.kind, default: 0] += 1
      return seen[candidate.kind, default: 0] <= 2
    }
    return ranked.prefix(count).map(\.0)
  }

  /// Layers of equal geometry, those with most multiplications first.
  private static func groups(_ requests: [LayerRequest]) -> [[LayerRequest]] {
    let groups = Dictionary(grouping: requests, by: \.geometry)
    return groups.values.sorted { left, right in
      let work = { (group: [LayerRequest]) in
        group.reduce(0) { $0 + $1.shape.multiplicationCount }
      }
      return (work(left), left[0].name) > (work(right), right[0].name)
    }
  }

  /// The least time of some runs of the network: the figure that other processes disturb least.
  private func time(_ choices: [String: LayerChoice]) throws(RepVGGError) -> UInt64 {
    var options = options
    options.choices = choices
    let plan = try Plan(network, input: input, options: options)
    let session = try plan.makeSession(cpus: cpus)
    let images = [Float](repeating: 0.5, count: input.elementCount)
    var best = UInt64.max
    var spent: UInt64 = 0
    var runs = 0
    while runs < 5 || (spent < 100_000_000 && runs < 50) {
      let start = DispatchTime.now().uptimeNanoseconds
      _ = try session.run(images)
      let elapsed = DispatchTime.now().uptimeNanoseconds - start
      runs += 1
      // The first runs touch the memory.
      if runs > 2 { best = min(best, elapsed) }
      spent += elapsed
    }
    return best
  }
}
