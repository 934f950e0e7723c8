import Glibc
import Synchronization

/// Turns SIGINT into a flag that long work polls, and SIGPIPE into an error of the write call.
///
/// The first SIGINT sets the flag; the handler is then back at the default, so a second one ends
/// the process at once. The flag belongs to the process, as signals do.
package enum SignalTrap {
  /// Whether SIGINT has arrived since the trap was installed.
  ///
  /// One atomic load: cheap enough to ask between batches, layers or files.
  package static var isInterrupted: Bool { interruptFlag.load(ordering: .relaxed) }

  /// Begins to catch SIGINT, and to ignore SIGPIPE so that writing reports `OutputError.closed`.
  ///
  /// A SIGINT that the parent told us to ignore (as `nohup` and background jobs do) stays ignored.
  package static func install() {
    // Touched before the handler can be: a signal handler must not run a lazy initializer.
    interruptFlag.store(false, ordering: .relaxed)
    signal(SIGPIPE, SIG_IGN)
    var previous = sigaction()
    sigaction(SIGINT, nil, &previous)
    if previous.__sigaction_handler.sa_handler.isIgnore { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      interruptFlag.store(true, ordering: .relaxed)
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESTART) | UInt32(SA_RESETHAND))
    sigemptyset(&action.sa_mask)
    sigaction(SIGINT, &action, nil)
  }

  /// Throws `Interruption` once SIGINT has arrived: for work that has nothing to report.
  package static func check() throws(Interruption) {
    if isInterrupted { throw Interruption() }
  }

  /// Ends the process as the closed pipe would have ended it: without a word.
  package static func exitQuietlyAsClosedPipe() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    // Reached only where the signal is blocked.
    exit(128 + SIGPIPE)
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

extension Optional where Wrapped == @convention(c) (Int32) -> Void {
  /// Whether this is the value that stands for ignoring a signal; handlers cannot be compared.
  fileprivate var isIgnore: Bool {
    unsafeBitCast(self, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
