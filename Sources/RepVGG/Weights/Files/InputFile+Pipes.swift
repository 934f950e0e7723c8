import CPlatform
import Glibc

extension InputFile {
  /// The most that is taken in from a pipe: several times the largest checkpoints of these families
  /// with their optimizer's state.
  private static let pipeByteLimit = 16 << 30

  /// How long a pipe may bring nothing at first: nobody may ever write to it.
  private static let firstByteSeconds: Int32 = 10

  /// A descriptor of an unnamed file in memory with everything that a pipe brings.
  ///
  /// - Throws: `missingInput` where it brings nothing, `inputOutput` where reading fails,
  ///   `outOfMemory` where there is no memory or no end.
  static func copy(ofPipe pipe: Int32, path: String) throws(RepVGGError) -> Int32 {
    let copy = rvgk_memory_file()
    guard copy >= 0 else {
      throw .system(.outOfMemory, "cannot be held", errorNumber: errno, file: path)
    }
    do throws(RepVGGError) {
      try append(pipe, to: copy, path: path)
    } catch {
      close(copy)
      throw error
    }
    return copy
  }

  private static func append(
    _ pipe: Int32, to copy: Int32, path: String
  ) throws(RepVGGError) {
    var portion = [UInt8](repeating: 0, count: 1 << 16)
    var byteCount = 0
    while true {
      // Also waits for the first writer, which a descriptor that does not block would not.
      var request = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      let status = poll(&request, 1, byteCount == 0 ? 1000 * firstByteSeconds : -1)
      guard status != 0 else {
        throw RepVGGError(
          .missingInput, "is a pipe that brought nothing for \(firstByteSeconds) s", file: path)
      }
      let received = status > 0 ? Glibc.read(pipe, &portion, portion.count) : -1
      if received < 0, errno == EINTR || errno == EAGAIN { continue }
      guard received >= 0 else {
        throw .system(.inputOutput, "cannot be read", errorNumber: errno, file: path)
      }
      guard received > 0 else { return }
      byteCount += received
      guard byteCount <= pipeByteLimit else {
        throw RepVGGError(
          .outOfMemory, "brings more than \(pipeByteLimit) bytes; save them as a file first",
          file: path)
      }
      try portion.withBytes { bytes throws(RepVGGError) in
        try UnsafeRawBufferPointer(rebasing: bytes[..<received]).writeAll(to: copy, path: path)
      }
    }
  }
}
