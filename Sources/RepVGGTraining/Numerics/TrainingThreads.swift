import COpenBLAS
import CTrainingKernels
import Foundation
import RepVGG
import Synchronization

/// The threads of a training run: the caller's and `count - 1` of their own, joined by every call.
///
/// Work is split by position alone, so that a result depends on the number of threads and on
/// nothing else. OpenBLAS runs at one thread inside.
package final class TrainingThreads: Sendable {
  /// Threads that share the work, the caller's included.
  package let count: Int
  private let shared: Shared

  /// How long an idle thread looks for work before it sleeps, in checks.
  private static let spinCount = 4000

  /// Starts the threads.
  ///
  /// - Throws: `invalidArgument` unless there is at least one, `outOfMemory` where the system
  ///   refuses a thread.
  package init(count: Int) throws {
    guard (1...1024).contains(count) else {
      throw RepVGGError(.invalidArgument, "the number of threads must be 1...1024, not \(count)")
    }
    self.count = count
    shared = Shared()
    openblas_set_num_threads(1)
    for worker in 1..<max(count, 1) {
      let shared = shared
      let thread = Thread { Self.work(worker, shared) }
      thread.name = "repvgg-train-\(worker)"
      thread.start()
    }
  }

  deinit {
    shared.publish(nil, workers: 0)
  }

  /// Calls `body` once for each worker 0..<count, and returns when all have returned.
  package func run(_ body: (Int) -> Void) {
    guard count > 1 else { return body(0) }
    shared.caller.withLock { _ in
      withoutActuallyEscaping(body) { body in
        shared.publish(body, workers: count - 1)
        body(0)
        shared.waitForWorkers()
      }
    }
  }

  /// Splits 0..<total into one contiguous range a worker, at multiples of `grain`.
  package func split(
    _ total: Int, grain: Int = 1, _ body: (_ worker: Int, _ range: Range<Int>) -> Void
  ) {
    let pieces = (total + grain - 1) / grain
    guard count > 1, pieces > 1 else { return total > 0 ? body(0, 0..<total) : () }
    run { worker in
      let begin = min(total, pieces * worker / count * grain)
      let end = min(total, pieces * (worker + 1) / count * grain)
      if begin < end { body(worker, begin..<end) }
    }
  }

  private static func work(_ worker: Int, _ shared: Shared) {
    var seen = 0
    while true {
      seen = shared.waitForWork(after: seen, spinCount: spinCount)
      guard let body = shared.body else { return }
      body(worker)
      shared.finish()
    }
  }
}

/// What the threads of one ``TrainingThreads`` have in common.
private final class Shared: Sendable {
  /// One caller at a time.
  let caller = Mutex(())
  private let generation = Atomic<Int>(0)
  private let pending = Atomic<Int>(0)
  private let condition = NSCondition()
  /// Written by the caller before `generation` is released, read by workers after.
  nonisolated(unsafe) private(set) var body: ((Int) -> Void)?

  /// Hands a body to the workers; nil ends them.
  func publish(_ body: ((Int) -> Void)?, workers: Int) {
    self.body = body
    pending.store(workers, ordering: .relaxed)
    condition.lock()
    generation.add(1, ordering: .releasing)
    condition.broadcast()
    condition.unlock()
  }

  /// Returns the number of the next piece of work once it is there.
  func waitForWork(after seen: Int, spinCount: Int) -> Int {
    for _ in 0..<spinCount {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
      rvgk_pause()
    }
    condition.lock()
    defer { condition.unlock() }
    while true {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
      condition.wait()
    }
  }

  /// Reports that a worker is done with the body.
  func finish() { pending.subtract(1, ordering: .releasing) }

  /// Returns when every worker has reported; the body is forgotten.
  func waitForWorkers() {
    var checks = 0
    while pending.load(ordering: .acquiring) > 0 {
      checks += 1
      // The others may wait for this very core.
      if checks % 256 == 0 { sched_yield() } else { rvgk_pause() }
    }
    body = nil
  }
}
