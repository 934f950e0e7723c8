import Glibc
import RepVGG

/// A thread with lower priority than the thread from which it was started.
///
/// Decoders run on it together with the engine's workers. If there are no more CPUs than workers,
/// decoders use the time in which a worker waits, and a worker that wakes up never waits for a
/// decoder.
final class DecoderThread {
  private let thread: pthread_t

  /// Starts a thread; nil if the system refuses.
  init?(_ body: @escaping @Sendable () -> Void) {
    let started = startThread {
      DecoderThread.lowerOwnPriority()
      body()
    }
    guard let started else { return nil }
    thread = started
  }

  /// Waits for the thread to end; call it once.
  func join() { pthread_join(thread, nil) }

  /// Linux keeps a nice value per thread; the priority of real-time threads is lowered by one
  /// level.
  ///
  /// If this is refused, it only costs speed.
  private static func lowerOwnPriority() {
    let policy = sched_getscheduler(0)
    var parameters = sched_param()
    if policy == SCHED_FIFO || policy == SCHED_RR {
      guard sched_getparam(0, &parameters) == 0 else { return }
      parameters.sched_priority = max(
        sched_get_priority_min(policy), parameters.sched_priority - 1)
      _ = sched_setscheduler(0, policy, &parameters)
    } else {
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    }
  }
}
