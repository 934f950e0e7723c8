import Glibc

/// A file that appears under its name complete, or not at all.
///
/// Bytes are written to a temporary file in the same folder; ``commit()`` makes them durable and
/// gives them the name. Without a commit nothing remains and an existing file stays as it was. If
/// the file system supports it, the temporary file has no name at all, so it vanishes even if the
/// process is killed.
package struct AtomicFile: ~Copyable {
  /// The file as the caller named it, for errors.
  private let path: String
  /// The file that is replaced: if `path` is a symbolic link, the file to which it points.
  private let destination: String
  /// Nil for a file without a name.
  private let temporary: String?
  private let folder: String
  private let descriptor: Int32
  private let replaces: Bool
  private var isCommitted = false

  /// Starts a file.
  ///
  /// - Throws: `cannotCreate` if the file exists and may not be replaced, is not a regular file, or
  ///   is in a folder that does not allow files to be created.
  package init(path: String, replacing: Bool) throws(RepVGGError) {
    guard !path.isEmpty, !path.utf8.contains(0), path.utf8.last != UInt8(ascii: "/") else {
      throw RepVGGError(.cannotCreate, "not a valid file name", file: path.printable)
    }
    var status = stat()
    var permissions: mode_t?
    var destination = path
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw RepVGGError(.cannotCreate, "exists and is not a regular file", file: path)
      }
      guard replacing else { throw Self.exists(path) }
      permissions = status.st_mode & 0o777
      if let resolved = realpath(path, nil) {
        destination = String(cString: resolved)
        free(resolved)
      }
    }
    let folder = Self.folder(of: destination)
    let (descriptor, temporary) = try Self.createTemporary(in: folder, for: path)
    if let permissions { _ = fchmod(descriptor, permissions) }
    self.path = path
    self.destination = destination
    self.temporary = temporary
    self.folder = folder
    self.descriptor = descriptor
    self.replaces = replacing
  }

  deinit {
    close(descriptor)
    if !isCommitted, let temporary { unlink(temporary) }
  }

  /// Appends bytes.
  ///
  /// - Throws: `inputOutput` if the system refuses them, for example because the disk is full.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(RepVGGError) {
    try bytes.writeAll(to: descriptor, path: path)
  }

  /// Makes the bytes durable and gives the file its name.
  ///
  /// - Throws: `inputOutput` or `cannotCreate`; nothing is left on the disk in that case.
  package mutating func commit() throws(RepVGGError) {
    guard fsync(descriptor) == 0 else {
      throw .system(.inputOutput, "cannot be written", errorNumber: errno, file: path)
    }
    if replaces {
      try replace()
    } else {
      try create()
    }
    isCommitted = true
    try syncFolder()
  }

  /// Creates the name, which must be free: unlike a rename, a link fails if it exists.
  private func create() throws(RepVGGError) {
    let source = temporary ?? Self.link(to: descriptor)
    if linkat(AT_FDCWD, source, AT_FDCWD, destination, AT_SYMLINK_FOLLOW) == 0 {
      if let temporary { unlink(temporary) }
      return
    }
    let errorNumber = errno
    if errorNumber == EEXIST || access(destination, F_OK) == 0 { throw Self.exists(path) }
    // Some file systems do not support links, nor files without names.
    guard let temporary, rename(temporary, destination) == 0 else {
      throw .system(.cannotCreate, "cannot be created", errorNumber: errorNumber, file: path)
    }
  }

  /// Replaces the file that has the name, if there is one.
  private func replace() throws(RepVGGError) {
    var source = temporary
    if source == nil {
      let name = Self.temporaryName(in: folder)
      if linkat(AT_FDCWD, Self.link(to: descriptor), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 {
        source = name
      }
    }
    guard let source, rename(source, destination) == 0 else {
      let errorNumber = errno
      if let source { unlink(source) }
      throw .system(.cannotCreate, "cannot be created", errorNumber: errorNumber, file: path)
    }
  }

  private func syncFolder() throws(RepVGGError) {
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder may allow writing but not reading.
    guard folderDescriptor >= 0 else { return }
    defer { close(folderDescriptor) }
    if fsync(folderDescriptor) != 0, errno != EINVAL, errno != ENOTSUP, errno != EROFS {
      throw .system(.inputOutput, "its folder cannot be synced", errorNumber: errno, file: path)
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func createTemporary(
    in folder: String, for path: String
  ) throws(RepVGGError) -> (descriptor: Int32, name: String?) {
    let unnamed = open(folder, O_WRONLY | nameless | O_DIRECTORY | O_CLOEXEC, 0o666)
    if unnamed >= 0 {
      // Its name is created through this link, which needs /proc.
      if access(link(to: unnamed), F_OK) == 0 { return (unnamed, nil) }
      close(unnamed)
    }
    for _ in 0..<100 {
      let name = temporaryName(in: folder)
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
      if descriptor >= 0 { return (descriptor, name) }
      if errno != EEXIST { break }
    }
    throw .system(.cannotCreate, "cannot be created", errorNumber: errno, file: path)
  }

  /// The flag that O_TMPFILE combines with O_DIRECTORY, the same on every Linux; Swift imports
  /// neither.
  private static var nameless: Int32 { 0o20000000 }

  private static func link(to descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

  /// A new name; it is short because the final one may be as long as names can be.
  private static func temporaryName(in folder: String) -> String {
    "\(folder)/.repvgg-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
  }

  private static func exists(_ path: String) -> RepVGGError {
    RepVGGError(.cannotCreate, "exists already and is not to be replaced", file: path)
  }
}

extension UnsafeRawBufferPointer {
  /// Writes all bytes to a file descriptor.
  ///
  /// - Throws: `inputOutput` if the system refuses them.
  package func writeAll(to descriptor: Int32, path: String) throws(RepVGGError) {
    var rest = self[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      let written = Glibc.write(descriptor, start, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw .system(.inputOutput, "cannot be written", errorNumber: errno, file: path)
      }
      rest = rest.dropFirst(written)
    }
  }
}
