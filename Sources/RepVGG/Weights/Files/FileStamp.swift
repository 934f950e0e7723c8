import Glibc

/// What tells whether an open file is still what it was: its size and its times.
struct FileStamp: Sendable {
  private let status: stat
  /// The file's name at the time, as far as the system tells.
  private let name: [CChar]

  /// The size of the file.
  var byteCount: Int { Int(status.st_size) }
  /// Sort and permissions.
  var mode: mode_t { status.st_mode }

  /// The time from one tick of the kernel's clock for files to the next, and some scheduling: it
  /// runs at 100 Hz or faster.
  private static let tickNanoseconds = 12_000_000

  /// The stamp of an open file whose next change will show in its times.
  ///
  /// These move with the kernel's clock: a file that was changed within its last tick might be
  /// changed again without a trace, and is waited for. One without a name is not: nobody else can
  /// open it.
  ///
  /// - Throws: `inputOutput` where the file is being written, or cannot be examined.
  init(of descriptor: Int32, path: String) throws(RepVGGError) {
    var status = try Self.status(of: descriptor, path: path)
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let (seconds, overflow) = now.tv_sec.subtractingReportingOverflow(status.st_ctim.tv_sec)
    if status.st_mode & S_IFMT == S_IFREG, status.st_nlink > 0, !overflow,
      (0...1).contains(seconds),
      seconds * 1_000_000_000 + now.tv_nsec - status.st_ctim.tv_nsec < Self.tickNanoseconds
    {
      usleep(UInt32(Self.tickNanoseconds / 1000))
      let later = try Self.status(of: descriptor, path: path)
      guard Self.haveSameContent(status, later) else { throw Self.changed(path) }
      status = later
    }
    self.status = status
    name = Self.name(of: descriptor)
  }

  /// Makes sure that the content is what it was.
  ///
  /// - Throws: `inputOutput` where it may have been changed.
  func check(_ descriptor: Int32, path: String) throws(RepVGGError) {
    let now = try Self.status(of: descriptor, path: path)
    guard Self.haveSameContent(status, now) else { throw Self.changed(path) }
    if Self.areEqual(now.st_ctim, status.st_ctim) { return }
    // Whoever writes can set the time of the content back, but not this one. A new link, mode,
    // owner or name changes it too, and no content.
    let isExplained =
      now.st_nlink != status.st_nlink || now.st_mode != status.st_mode
      || now.st_uid != status.st_uid || now.st_gid != status.st_gid
      || Self.name(of: descriptor) != name
    guard isExplained else { throw Self.changed(path) }
  }

  /// The error for a file that did not stay as it was.
  static func changed(_ path: String) -> RepVGGError {
    RepVGGError(.inputOutput, "was changed while it was being read; load it again", file: path)
  }

  private static func status(of descriptor: Int32, path: String) throws(RepVGGError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .system(.inputOutput, "cannot be examined", errorNumber: errno, file: path)
    }
    return status
  }

  private static func name(of descriptor: Int32) -> [CChar] {
    var name = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/fd/\(descriptor)", &name, name.count)
    return Array(name[..<max(0, length)])
  }

  private static func haveSameContent(_ left: stat, _ right: stat) -> Bool {
    left.st_size == right.st_size && areEqual(left.st_mtim, right.st_mtim)
  }

  private static func areEqual(_ left: timespec, _ right: timespec) -> Bool {
    left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec
  }
}
