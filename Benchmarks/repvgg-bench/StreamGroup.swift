import RepVGG

/// Several sessions of one plan, each on a thread of its own: throughput instead of latency.
///
/// One turn runs every session ``runsPerTurn`` times; the streams meet only at its end.
final class StreamGroup: PoolJob {
  /// Runs of each stream in a turn, so that waiting for the last stream hardly counts.
  static let runsPerTurn = 4

  private let sessions: [Session]
  private let pool: ThreadPool
  private let images: UnsafeBufferPointer<Float>
  private let logits: UnsafeMutableBufferPointer<Float>
  private let failures: UnsafeMutablePointer<Bool>

  /// Streams of a plan that read the same images.
  init(
    _ plan: Plan, streamCount: Int, cpus: [Int], images: UnsafeBufferPointer<Float>
  ) throws(RepVGGError) {
    let threads = plan.options.threadCount
    var sessions: [Session] = []
    for stream in 0..<streamCount {
      let own = cpus.isEmpty ? [] : (0..<threads).map { cpus[(stream * threads + $0) % cpus.count] }
      sessions.append(try plan.makeSession(cpus: own))
    }
    self.sessions = sessions
    let first = cpus.isEmpty ? [] : (0..<streamCount).map { cpus[$0 * threads % cpus.count] }
    pool = try ThreadPool(workerCount: streamCount, cpus: first)
    self.images = images
    logits = .allocate(capacity: streamCount * plan.outputElementCount)
    logits.initialize(repeating: 0)
    failures = .allocate(capacity: streamCount)
    failures.initialize(repeating: false, count: streamCount)
  }

  deinit {
    logits.deallocate()
    failures.deallocate()
  }

  /// One turn.
  func run() throws(RepVGGError) {
    pool.run(self)
    for stream in sessions.indices where failures[stream] {
      throw RepVGGError(.internalInconsistency, "stream \(stream) failed")
    }
  }

  func work(_ stream: Int) {
    let count = logits.count / sessions.count
    let output = UnsafeMutableBufferPointer(rebasing: logits[stream * count..<(stream + 1) * count])
    for _ in 0..<Self.runsPerTurn {
      do throws(RepVGGError) { try sessions[stream].run(input: images, output: output) } catch {
        failures[stream] = true
      }
    }
  }
}
