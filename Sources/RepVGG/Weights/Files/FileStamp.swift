import Glibc

/// The properties that show whether an open file is unchanged: its size and its times.
struct FileStamp: Sendable {
  private let status: stat
  /// The file's name at the time, as far as the system reports it.
  private let name: [CChar]

  /// The size of the file.
  var byteCount: Int { Int(status.st_size) }
  /// Type and permissions.
  var mode: mode_t { status.st_mode }

  /// An upper bound of the time between two ticks of the kernel's clock for files, including some
  /// scheduling: the clock runs at 100 Hz or faster.
  private static let tickNanoseconds = 12_000_000

  /// The stamp of an open file whose next change will be visible in its times.
  ///
  /// The times advance with the kernel's clock. A file that was changed within the last tick could
  /// be changed again unnoticed, so this waits for the next tick. It does not wait for a file
  /// without a name, which nobody else can open.
  ///
  /// - Throws: `inputOutput` if the file is being written, or cannot be examined.
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

  /// Checks that the content is unchanged.
  ///
  /// - Throws: `inputOutput` if it may have been changed.
  func check(_ descriptor: Int32, path: String) throws(RepVGGError) {
    let now = try Self.status(of: descriptor, path: path)
    guard Self.haveSameContent(status, now) else { throw Self.changed(path) }
    if Self.areEqual(now.st_ctim, status.st_ctim) { return }
    // A writer can reset the modification time, but not this one. It also changes with a new link,
    // mode, owner or name, none of which changes the content.
    let isExplained =
      now.st_nlink != status.st_nlink || now.st_mode != status.st_mode
      || now.st_uid != status.st_uid || now.st_gid != status.st_gid
      || Self.name(of: descriptor) != name
    guard isExplained else { throw Self.changed(path) }
  }

  /// The error for a file that has changed.
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
