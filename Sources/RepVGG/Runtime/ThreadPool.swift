import CPlatform
import Glibc

/// What the workers of a ``ThreadPool`` do together.
package protocol PoolJob: AnyObject {
  /// The work of one worker; index 0 is the caller's thread.
  func work(_ worker: Int)
}

/// A fixed set of threads that execute one job together, the caller among them.
///
/// A job is a C function and a context, so that starting one allocates nothing. Within a job the
/// workers join at ``barrier()``: they spin briefly, then park. One caller at a time.
package final class ThreadPool: @unchecked Sendable {
  /// Called by every worker with the context and its own index; index 0 is the caller's thread.
  package typealias Job = @convention(c) (UnsafeMutableRawPointer, Int) -> Void

  /// Threads that work on a job, the caller's included.
  package let workerCount: Int
  private let shared: Shared
  private var threads: [pthread_t] = []

  /// What the threads share; it does not move and outlives them.
  private final class Shared: @unchecked Sendable {
    let workerCount: Int
    let start = SpinThenPark()
    let arrived = SpinThenPark()
    let generation = SpinThenPark()
    var job: Job = { _, _ in }
    var context = UnsafeMutableRawPointer(bitPattern: 1)
    var isStopping = false

    /// Pauses before a worker that waits for the others of its run parks: they arrive within
    /// microseconds to a few milliseconds, unless there are not enough CPUs for all.
    let joinSpinCount: Int
    /// Pauses before a worker that waits for the next run parks: the caller may be gone for long.
    let idleSpinCount: Int

    init(workerCount: Int) {
      self.workerCount = workerCount
      let hasCPUForEach = workerCount <= PlanOptions.availableThreadCount
      joinSpinCount = hasCPUForEach ? 20_000 : 50
      idleSpinCount = hasCPUForEach ? 4_000 : 50
    }

    deinit {
      start.destroy()
      arrived.destroy()
      generation.destroy()
    }

    func join() {
      guard workerCount > 1 else { return }
      let old = generation.value
      if arrived.add(1) == UInt32(workerCount) {
        arrived.set(0)
        generation.advance()
      } else {
        generation.wait(while: old, spinCount: joinSpinCount)
      }
    }
  }

  /// Starts `workerCount - 1` threads.
  ///
  /// - Parameters:
  ///   - workerCount: Threads in all, 1 to 1024.
  ///   - cpus: CPUs to pin the workers to, in turn; empty for none. The caller's thread is pinned
  ///     by the caller.
  /// - Throws: `invalidArgument` for a count out of range, `outOfMemory` where the system has no
  ///   more threads.
  package init(workerCount: Int, cpus: [Int] = []) throws(RepVGGError) {
    guard (1...1024).contains(workerCount) else {
      throw RepVGGError(.invalidArgument, "\(workerCount) threads are out of the range 1 to 1024")
    }
    self.workerCount = workerCount
    shared = Shared(workerCount: workerCount)
    for index in 1..<max(1, workerCount) {
      let cpu = cpus.isEmpty ? nil : cpus[index % cpus.count]
      let thread = startThread { [shared] in
        _ = FloatingPointEnvironment.enter()
        ThreadPool.work(shared, index: index, cpu: cpu)
      }
      guard let thread else {
        stop()
        throw RepVGGError(
          .outOfMemory,
          "the system starts no more than \(index) of \(workerCount) threads; ask for fewer threads"
        )
      }
      threads.append(thread)
    }
  }

  deinit { stop() }

  private func stop() {
    shared.isStopping = true
    shared.start.advance()
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  private static func work(_ shared: Shared, index: Int, cpu: Int?) {
    if let cpu { _ = rvgk_pin_thread(0, Int32(cpu)) }
    _ = rvgk_set_thread_name("repvgg-\(index)")
    var seen: UInt32 = 0
    while true {
      shared.start.wait(while: seen, spinCount: shared.idleSpinCount)
      seen &+= 1
      if shared.isStopping { return }
      if let context = shared.context { shared.job(context, index) }
      shared.join()
    }
  }

  /// Executes a job on every worker and returns when all are done.
  ///
  /// Allocates nothing.
  package func run(_ context: UnsafeMutableRawPointer, _ job: Job) {
    let before = FloatingPointEnvironment.enter()
    if workerCount > 1 {
      shared.context = context
      shared.job = job
      shared.start.advance()
    }
    job(context, 0)
    shared.join()
    FloatingPointEnvironment.leave(before)
  }

  /// Calls `work` of a job on every worker and returns when all are done.
  ///
  /// Allocates nothing.
  package func run(_ job: some PoolJob) {
    withUnsafePointer(to: job as any PoolJob) { job in
      run(UnsafeMutableRawPointer(mutating: job)) { context, worker in
        context.assumingMemoryBound(to: (any PoolJob).self).pointee.work(worker)
      }
    }
  }

  /// Calls `body` once for each worker, with its index, and returns when all have returned.
  ///
  /// Allocates, unlike the others.
  package func run(_ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var job = body
      withUnsafeMutablePointer(to: &job) { job in
        run(UnsafeMutableRawPointer(job)) { context, worker in
          context.assumingMemoryBound(to: ((Int) -> Void).self).pointee(worker)
        }
      }
    }
  }

  /// Waits, within a job, until every worker has come here.
  @inline(__always) package func barrier() { shared.join() }
}
