import Glibc

/// Keeps other processes from changing a file between reading it and replacing it.
///
/// What is locked is the file's folder: the file itself is replaced and may not exist yet, and a lock
/// file would stay. Where the folder cannot be locked (some network file systems), nothing is.
struct FolderLock: ~Copyable {
  private static let attemptCount = 3000
  private static let pauseMicroseconds: UInt32 = 10_000

  private let descriptor: Int32

  /// Locks the folder of a file, and waits half a minute for others at most.
  ///
  /// - Throws: `inputOutput` where another process does not let go of it.
  private init(_ path: String) throws(RepVGGError) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder that is missing or unreadable shows when the file is created.
    guard descriptor >= 0 else { return }
    for _ in 0..<Self.attemptCount {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else { return }
      usleep(Self.pauseMicroseconds)
    }
    throw RepVGGError(
      .inputOutput, "its folder is locked by another process; try again, or name another file",
      file: path)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Does something while the folder of a file is locked.
  ///
  /// - Throws: Also `inputOutput` where another process does not let go of it.
  static func around(_ path: String, _ work: () throws(RepVGGError) -> Void) throws(RepVGGError) {
    let lock = try FolderLock(path)
    // The last use ends a value's life, and with it the lock.
    try withExtendedLifetime(lock) { (_) throws(RepVGGError) in try work() }
  }
}
