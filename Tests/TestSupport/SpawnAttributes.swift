import Glibc

/// Attributes of a process that tests start: signals at their defaults and none blocked, whatever
/// the tests inherited from what runs them.
struct SpawnAttributes: ~Copyable {
  var value = posix_spawnattr_t()

  /// - Parameter signal: One that the process finds blocked.
  init(blocking signal: Int32? = nil) {
    posix_spawnattr_init(&value)
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&value, &signals)
    sigemptyset(&signals)
    if let signal { sigaddset(&signals, signal) }
    posix_spawnattr_setsigmask(&value, &signals)
    posix_spawnattr_setflags(
      &value, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
  }

  deinit {
    var value = value
    posix_spawnattr_destroy(&value)
  }
}
