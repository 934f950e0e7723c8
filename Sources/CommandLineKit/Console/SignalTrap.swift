import Glibc
import Synchronization

/// Turns SIGINT into a flag that long work polls, and SIGPIPE and SIGXFSZ into errors of the write call.
///
/// The first SIGINT sets the flag; the handler is then back at the default, so a second one ends
/// the process at once. The flag belongs to the process, as signals do.
package enum SignalTrap {
  /// Whether SIGINT has arrived since the trap was installed.
  ///
  /// One atomic load: cheap enough to ask between batches, layers or files.
  package static var isInterrupted: Bool { interruptFlag.load(ordering: .relaxed) }

  /// Begins to catch SIGINT, and to ignore SIGPIPE so that writing reports `OutputError.closed`, and
  /// SIGXFSZ so that a file beyond the limit of `ulimit -f` is an error and not the end.
  ///
  /// Both work whatever the parent has left: one that blocks or ignores SIGINT, as a script does for
  /// its background jobs, still stops the work by sending it. Call it before other threads start,
  /// which inherit what is blocked.
  package static func install() {
    // Touched before the handler can be: a signal handler must not run a lazy initializer.
    interruptFlag.store(false, ordering: .relaxed)
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      interruptFlag.store(true, ordering: .relaxed)
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESTART) | UInt32(SA_RESETHAND))
    sigemptyset(&action.sa_mask)
    sigaction(SIGINT, &action, nil)
    unblock(SIGINT)
  }

  /// Throws `Interruption` once SIGINT has arrived: for work that has nothing to report.
  package static func check() throws(Interruption) {
    if isInterrupted { throw Interruption() }
  }

  /// Ends the process as the closed pipe would have ended it: without a word.
  package static func exitQuietlyAsClosedPipe() -> Never {
    signal(SIGPIPE, SIG_DFL)
    unblock(SIGPIPE)
    raise(SIGPIPE)
    // The signal ends the process before this.
    exit(128 + SIGPIPE)
  }

  private static func unblock(_ signal: Int32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, signal)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}

/// Work stopped because the user asked for it; exits 130.
package struct Interruption: Error, Sendable, Hashable, CustomStringConvertible, ExitCodeConvertible
{
  /// An interruption.
  package init() {}
  /// The code that the process ends with when this error reaches the top.
  package var exitCode: ExitCode { .interrupted }
  /// One word for the person who pressed the key.
  package var description: String { "interrupted" }
}

private let interruptFlag = Atomic<Bool>(false)
