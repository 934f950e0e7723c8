import Glibc
import Synchronization

/// Reads a pipe or other stream, and can be told to stop while nothing comes.
package struct PipeReader {
  /// Asked again and again while a pipe is waited for: its writer may never come.
  ///
  /// A signal alone ends no wait, as a host may have many; tools ask whether SIGINT has arrived.
  package static let cancellation = Mutex<Cancellation>(.never)
  private static let questionIntervalMilliseconds: Int32 = 250

  let descriptor: Int32
  /// The pipe as the caller named it, for errors.
  let path: String

  /// Reads what has come: at least one byte, or 0 at the end.
  ///
  /// The first writer is waited for.
  ///
  /// - Throws: `inputOutput` where reading fails, `cancelled` where the wait was ended.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(RepVGGError) -> Int {
    while true {
      // A descriptor that does not block would not wait for the first writer by itself.
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, Self.questionIntervalMilliseconds)
      let pollError = errno
      if ready <= 0 {
        guard ready == 0 || pollError == EINTR else { throw failure(pollError) }
        let cancellation = Self.cancellation.withLock { $0 }
        if cancellation.isRequested { throw Cancellation.error.inFile(path) }
        continue
      }
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      guard errno == EINTR || errno == EAGAIN else { throw failure(errno) }
    }
  }

  private func failure(_ errorNumber: Int32) -> RepVGGError {
    .system(.inputOutput, "cannot be read", errorNumber: errorNumber, file: path)
  }
}
