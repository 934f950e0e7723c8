import Glibc

/// The bytes of a regular file, mapped read-only; every access is checked against their number.
///
/// The mapping lasts as long as the object. Deleting or replacing the file by a rename leaves the
/// mapping whole. Truncating it in place while it is mapped does not: the system then ends the
/// process with SIGBUS at the next access, and no check here can prevent that.
package final class MappedFile: Sendable {
  /// The file as the caller named it, for errors.
  package let path: String
  /// The size of the file when it was mapped; at least 1.
  package let byteCount: Int
  // Never written after initialization, so that sharing it among threads is safe.
  nonisolated(unsafe) private let base: UnsafeMutableRawPointer
  /// False for a copy in anonymous memory, whose pages must not be dropped.
  private let isFileBacked: Bool

  /// Maps a regular file.
  ///
  /// - Throws: `missingInput` for a path that does not exist, cannot be opened or is no regular
  ///   file; `badData` for an empty file; `outOfMemory` or `inputOutput` where mapping fails.
  package init(path: String) throws(RepVGGError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw RepVGGError(.missingInput, "not a valid file name", file: path.printable)
    }
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw .system(.missingInput, "cannot be opened", errorNumber: errno, file: path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .system(.inputOutput, "cannot be examined", errorNumber: errno, file: path)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw RepVGGError(.missingInput, "is a directory, not a file", file: path)
    default: throw RepVGGError(.missingInput, "is not a regular file", file: path)
    }
    let size = Int(status.st_size)
    guard size > 0 else { throw RepVGGError(.badData, "is empty", file: path) }
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
    else {
      let kind: RepVGGError.Kind = errno == ENOMEM ? .outOfMemory : .inputOutput
      throw .system(kind, "cannot be mapped", errorNumber: errno, file: path)
    }
    self.path = path
    self.byteCount = size
    self.base = base
    self.isFileBacked = true
  }

  /// Holds a copy of bytes from elsewhere, such as a pipe, under a name for errors.
  ///
  /// - Throws: `badData` where there are no bytes, `outOfMemory` where there is no memory.
  package init(copying bytes: UnsafeRawBufferPointer, path: String) throws(RepVGGError) {
    guard let source = bytes.baseAddress, bytes.count > 0 else {
      throw RepVGGError(.badData, "is empty", file: path)
    }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let base = mmap(nil, bytes.count, PROT_READ | PROT_WRITE, flags, -1, 0),
      base != MAP_FAILED
    else {
      throw .system(.outOfMemory, "cannot be held", errorNumber: errno, file: path)
    }
    memcpy(base, source, bytes.count)
    self.path = path
    self.byteCount = bytes.count
    self.base = base
    self.isFileBacked = false
  }

  deinit { munmap(base, byteCount) }

  /// All bytes, valid during the call.
  @inline(__always)
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: base, count: byteCount))
  }

  /// A copy of a range of bytes.
  ///
  /// - Throws: `badData` where the range leaves the file.
  package func bytes(at offset: Int, count: Int) throws(RepVGGError) -> [UInt8] {
    try check(offset: offset, count: count)
    return [UInt8](UnsafeRawBufferPointer(start: base + offset, count: count))
  }

  /// One little-endian integer, which may lie at any address.
  ///
  /// - Throws: `badData` where it leaves the file.
  package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type, at offset: Int
  ) throws(RepVGGError) -> Integer {
    try check(offset: offset, count: MemoryLayout<Integer>.size)
    return Integer(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Integer.self))
  }

  /// True where the bytes at an offset lie in the file and equal these.
  package func matches(_ expected: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset <= byteCount, expected.count <= byteCount - offset else {
      return false
    }
    return expected.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return true }
      return memcmp(base + offset, start, bytes.count) == 0
    }
  }

  /// Tells the system that these bytes are not needed for now; they stay readable.
  package func releasePages(at offset: Int, count: Int) {
    guard isFileBacked, count > 0, offset >= 0, offset <= byteCount, count <= byteCount - offset
    else { return }
    let pageSize = max(sysconf(Int32(_SC_PAGESIZE)), 1)
    let start = offset / pageSize * pageSize
    _ = madvise(base + start, offset + count - start, MADV_DONTNEED)
  }

  private func check(offset: Int, count: Int) throws(RepVGGError) {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw RepVGGError(
        .badData, "ends after \(byteCount) bytes, before \(count) bytes at \(offset)", file: path)
    }
  }
}
