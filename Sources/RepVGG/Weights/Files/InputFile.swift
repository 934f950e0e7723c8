import Glibc

/// The bytes of a file; ranges are read when they are needed.
///
/// The file is not mapped, because reading a mapped file that has been truncated kills the process.
/// Instead its descriptor stays open, and what is read counts only if the file is still the one
/// that was opened (``checkUnchanged()``), so bytes of two versions never mix. A file that is
/// deleted or replaced by a rename stays readable.
package final class InputFile: Sendable {
  /// The file as the caller named it, for errors.
  package let path: String
  /// The size of the file when it was opened; at least 1.
  package let byteCount: Int
  private let content: Content

  private enum Content: @unchecked Sendable {
    case descriptor(Int32, FileStamp)
    // Never written after initialization, so threads can share it safely.
    case memory(UnsafeMutableRawPointer)
  }

  /// Opens a regular file, or reads everything that a pipe delivers.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - checkPipe: A check that runs when a pipe has begun, before the rest is read; nil if a pipe
  ///     is not accepted. Reading a pipe may block.
  /// - Throws: `missingInput` for a path that does not exist, cannot be opened or is neither a
  ///   regular file nor a pipe; `badData` for an empty file; `inputOutput` if it cannot be examined
  ///   or is being written; `outOfMemory` for a pipe that delivers too much; `cancelled` if waiting
  ///   for a pipe was cancelled; and what `checkPipe` throws.
  package init(
    path: String, checkPipe: ((InputFile) throws(RepVGGError) -> Void)? = nil
  ) throws(RepVGGError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw RepVGGError(.missingInput, "not a valid file name", file: path.printable)
    }
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    var descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw .system(.missingInput, "cannot be opened", errorNumber: errno, file: path)
    }
    do throws(RepVGGError) {
      var stamp = try FileStamp(of: descriptor, path: path)
      switch stamp.mode & S_IFMT {
      case S_IFREG: break
      case S_IFIFO:
        guard let checkPipe else { throw Self.isNoFile(path) }
        let copy = try Self.copy(ofPipe: descriptor, path: path, checkStart: checkPipe)
        close(descriptor)
        descriptor = copy
        stamp = try FileStamp(of: copy, path: path)
      case S_IFDIR: throw RepVGGError(.missingInput, "is a directory, not a file", file: path)
      default: throw Self.isNoFile(path)
      }
      guard stamp.byteCount > 0 else { throw RepVGGError(.badData, "is empty", file: path) }
      self.path = path
      byteCount = stamp.byteCount
      content = .descriptor(descriptor, stamp)
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func isNoFile(_ path: String) -> RepVGGError {
    RepVGGError(.missingInput, "is not a regular file", file: path)
  }

  /// Holds a copy of bytes from another source, such as a pipe, under a name for errors.
  ///
  /// - Throws: `badData` if there are no bytes, `outOfMemory`.
  package convenience init(
    copying bytes: UnsafeRawBufferPointer, path: String
  ) throws(RepVGGError) {
    try self.init(byteCount: bytes.count, path: path) { $0.copyMemory(from: bytes) }
  }

  /// Holds bytes in memory that a closure writes, under a name for errors.
  ///
  /// - Throws: `badData` if there are no bytes, `outOfMemory`, and what the closure throws.
  init(
    byteCount: Int, path: String,
    filling fill: (UnsafeMutableRawBufferPointer) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    guard byteCount > 0 else { throw RepVGGError(.badData, "is empty", file: path) }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0),
      base != MAP_FAILED
    else {
      throw .system(.outOfMemory, "cannot be held", errorNumber: errno, file: path)
    }
    self.path = path
    self.byteCount = byteCount
    content = .memory(base)
    try fill(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
  }

  deinit {
    switch content {
    case .descriptor(let descriptor, _): close(descriptor)
    case .memory(let base): munmap(base, byteCount)
    }
  }

  /// Fills a buffer with the bytes from an offset on.
  ///
  /// - Throws: `badData` if they are beyond the end of the file, `inputOutput` if reading fails or
  ///   the file has been truncated.
  package func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(RepVGGError) {
    guard contains(offset: offset, count: buffer.count) else {
      throw RepVGGError(
        .badData, "ends after \(byteCount) bytes, before \(buffer.count) bytes at \(offset)",
        file: path)
    }
    guard let target = buffer.baseAddress else { return }
    switch content {
    case .memory(let base): memcpy(target, base + offset, buffer.count)
    case .descriptor(let descriptor, _):
      var done = 0
      while done < buffer.count {
        let received = pread(descriptor, target + done, buffer.count - done, offset + done)
        if received < 0 {
          if errno == EINTR { continue }
          throw .system(.inputOutput, "cannot be read", errorNumber: errno, file: path)
        }
        guard received > 0 else { throw FileStamp.changed(path) }
        done += received
      }
    }
  }

  /// Checks that what was read so far belongs to the file that was opened.
  ///
  /// - Throws: `inputOutput` if the file has been changed since.
  package func checkUnchanged() throws(RepVGGError) {
    if case .descriptor(let descriptor, let stamp) = content {
      try stamp.check(descriptor, path: path)
    }
  }

  /// All bytes of a small file.
  ///
  /// - Throws: `inputOutput` if reading fails or the file has been changed.
  package func contents() throws(RepVGGError) -> [UInt8] {
    let bytes = try bytes(at: 0, count: byteCount)
    try checkUnchanged()
    return bytes
  }

  /// A copy of a range of bytes.
  ///
  /// - Throws: `badData` if the range is beyond the end of the file, `inputOutput` if reading
  ///   fails.
  package func bytes(at offset: Int, count: Int) throws(RepVGGError) -> [UInt8] {
    // Checked before memory is allocated.
    guard contains(offset: offset, count: count) else {
      throw RepVGGError(
        .badData, "ends after \(byteCount) bytes, before \(count) bytes at \(offset)", file: path)
    }
    return try [UInt8](count: count) { buffer throws(RepVGGError) in
      try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// One little-endian integer, at any address.
  ///
  /// - Throws: `badData` if it is beyond the end of the file, `inputOutput` if reading fails.
  package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type, at offset: Int
  ) throws(RepVGGError) -> Integer {
    let bytes = try bytes(at: offset, count: MemoryLayout<Integer>.size)
    return Integer(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: Integer.self) })
  }

  /// True if the bytes at an offset are in the file and equal these.
  ///
  /// - Throws: `inputOutput` if reading fails.
  package func matches(_ expected: [UInt8], at offset: Int) throws(RepVGGError) -> Bool {
    guard contains(offset: offset, count: expected.count) else { return false }
    return try bytes(at: offset, count: expected.count) == expected
  }

  private func contains(offset: Int, count: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= byteCount && count <= byteCount - offset
  }
}
