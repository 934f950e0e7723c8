import Glibc
import RepVGG

/// A thread that gives way to threads of the ordinary priority it was started from.
///
/// Decoders run on it beside the engine's workers: where there are not more CPUs than workers, they
/// get the time in which a worker waits, and a worker that wakes never waits for one of them.
final class DecoderThread {
  private let thread: pthread_t

  private final class Launch {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread; nil where the system has no more.
  init?(_ body: @escaping @Sendable () -> Void) {
    let launch = Unmanaged.passRetained(Launch(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let launch = Unmanaged<Launch>.fromOpaque(argument).takeRetainedValue()
        DecoderThread.lowerOwnPriority()
        launch.body()
        return nil
      }, launch.toOpaque())
    guard status == 0 else {
      launch.release()
      return nil
    }
    self.thread = thread
  }

  /// Waits for the end of the thread; call it once.
  func join() { pthread_join(thread, nil) }

  /// Linux keeps a nice value for every thread; real-time threads go down by one level.
  ///
  /// A refusal costs speed only.
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
