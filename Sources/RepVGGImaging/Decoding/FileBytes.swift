import Glibc
import RepVGG

/// A regular file's bytes in memory.
///
/// Read, not mapped: reading a mapped file that has been truncated kills the process.
final class FileBytes {
  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int

  /// The bytes; valid as long as this value exists.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: byteCount) }

  /// Reads a file.
  ///
  /// - Throws: `missingInput` if it cannot be opened or is not a regular file, `badData` if it is
  ///   empty or larger than the limit, `inputOutput`, `outOfMemory`. The error names the file.
  init(contentsOf path: String, maximumByteCount: Int) throws(RepVGGError) {
    guard !path.utf8.contains(0) else {
      throw RepVGGError(.missingInput, "a file name cannot contain a zero byte", file: path)
    }
    // Not blocking: opening a pipe without a writer would wait forever.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RepVGGError(.missingInput, "cannot open: \(systemMessage())", file: path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw RepVGGError(.inputOutput, "cannot examine: \(systemMessage())", file: path)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw RepVGGError(.missingInput, "is a directory, not an image", file: path)
    default: throw RepVGGError(.missingInput, "is not a regular file", file: path)
    }
    let byteCount = Int(status.st_size)
    guard byteCount > 0 else { throw RepVGGError(.badData, "the file is empty", file: path) }
    guard byteCount <= maximumByteCount else {
      throw RepVGGError(
        .badData, "\(byteCount) bytes exceed the limit of \(maximumByteCount)", file: path)
    }
    guard let memory = malloc(byteCount) else {
      throw RepVGGError(.outOfMemory, "no memory for \(byteCount) bytes", file: path)
    }
    self.memory = memory
    self.byteCount = byteCount
    var position = 0
    while position < byteCount {
      let count = Glibc.read(descriptor, memory + position, byteCount - position)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let reason = count < 0 ? "cannot read: \(systemMessage())" : "the file shrank while read"
        throw RepVGGError(.inputOutput, reason, file: path)
      }
      position += count
    }
  }

  deinit { free(memory) }

  /// Whether a path leads to anything.
  static func exists(_ path: String) -> Bool {
    !path.utf8.contains(0) && access(path, F_OK) == 0
  }
}

/// The system's message for the last failed call.
func systemMessage() -> String {
  let number = errno
  return strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
