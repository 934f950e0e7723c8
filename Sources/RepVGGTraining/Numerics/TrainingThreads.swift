import RepVGG
import Synchronization

/// The threads of a training run: fork and join over the engine's pool, work split by position.
///
/// A result depends on the number of threads and on nothing else. OpenBLAS runs at one thread
/// inside.
package final class TrainingThreads: Sendable {
  /// Threads that share the work, the caller's included.
  package let count: Int
  private let pool: ThreadPool
  /// One caller at a time.
  private let caller = Mutex(())

  /// Starts the threads.
  ///
  /// - Throws: `invalidArgument` for a count out of range, `outOfMemory` where the system refuses a
  ///   thread, `unsupported` where OpenBLAS cannot be opened.
  package init(count: Int) throws {
    try BLASRuntime.open().checkMemory(callerCount: count)
    pool = try ThreadPool(workerCount: count)
    self.count = count
  }

  /// Calls `body` once for each worker 0..<count, and returns when all have returned.
  package func run(_ body: (Int) -> Void) {
    caller.withLock { _ in pool.run(body) }
  }

  /// Splits 0..<total into one contiguous range per worker, at multiples of `grain`.
  ///
  /// Worker 0 always has a range; where there are fewer pieces than workers, others have none.
  package func split(
    _ total: Int, grain: Int = 1, _ body: (_ worker: Int, _ range: Range<Int>) -> Void
  ) {
    let pieces = total.dividedRoundingUp(by: grain)
    guard count > 1, pieces > 1 else { return total > 0 ? body(0, 0..<total) : () }
    run { worker in
      let begin = min(total, (pieces * worker).dividedRoundingUp(by: count) * grain)
      let end = min(total, (pieces * (worker + 1)).dividedRoundingUp(by: count) * grain)
      if begin < end { body(worker, begin..<end) }
    }
  }
}
