import Glibc

/// A file that appears under its name complete, or not at all.
///
/// Bytes go to a temporary file in the same folder; ``commit()`` makes them durable and renames
/// it. Without a commit, whatever the reason, the temporary file is removed and an existing file
/// stays as it was.
package struct AtomicFile: ~Copyable {
  /// The file as the caller named it, for errors.
  private let path: String
  /// The file that is replaced: where `path` is a symbolic link, what it points to.
  private let destination: String
  private let temporary: String
  private let folder: String
  private let descriptor: Int32
  private let replaces: Bool
  private var isCommitted = false

  /// Starts a file.
  ///
  /// - Throws: `cannotCreate` where the file exists and may not be replaced, is no regular file,
  ///   or its folder does not let files be created.
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
    if !isCommitted { unlink(temporary) }
  }

  /// Appends bytes.
  ///
  /// - Throws: `inputOutput` where the system does not take them, for one on a full disk.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(RepVGGError) {
    try bytes.writeAll(to: descriptor, path: path)
  }

  /// Makes the bytes durable and gives the file its name.
  ///
  /// - Throws: `inputOutput` or `cannotCreate`; nothing is left behind then.
  package mutating func commit() throws(RepVGGError) {
    guard fsync(descriptor) == 0 else {
      throw .system(.inputOutput, "cannot be written", errorNumber: errno, file: path)
    }
    if replaces {
      try moveIntoPlace()
    } else if link(temporary, destination) == 0 {
      // Unlike rename, link fails where the name was taken meanwhile.
      unlink(temporary)
    } else {
      // Some file systems have no links.
      let errorNumber = errno
      guard errorNumber != EEXIST, access(destination, F_OK) != 0 else { throw Self.exists(path) }
      try moveIntoPlace()
    }
    isCommitted = true
    try syncFolder()
  }

  private func moveIntoPlace() throws(RepVGGError) {
    guard rename(temporary, destination) == 0 else {
      throw .system(.cannotCreate, "cannot be created", errorNumber: errno, file: path)
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
  ) throws(RepVGGError) -> (descriptor: Int32, name: String) {
    for _ in 0..<100 {
      // A name of its own length, because the final name may be as long as names can be.
      let name = "\(folder)/.repvgg-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
      if descriptor >= 0 { return (descriptor, name) }
      if errno != EEXIST { break }
    }
    throw .system(.cannotCreate, "cannot be created", errorNumber: errno, file: path)
  }

  private static func exists(_ path: String) -> RepVGGError {
    RepVGGError(.cannotCreate, "exists already and is not to be replaced", file: path)
  }
}

extension UnsafeRawBufferPointer {
  /// Writes all bytes to a file descriptor.
  ///
  /// - Throws: `inputOutput` where the system does not take them.
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
