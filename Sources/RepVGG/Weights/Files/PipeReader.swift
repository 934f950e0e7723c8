import Glibc
import Synchronization

/// Reads a pipe or another stream, and can be cancelled while nothing arrives.
package struct PipeReader {
  /// Checked repeatedly while waiting for a pipe, whose writer may never come.
  ///
  /// A signal alone does not end the wait, because a host may receive many; the tools check for
  /// SIGINT here.
  package static let cancellation = Mutex<Cancellation>(.never)
  private static let questionIntervalMilliseconds: Int32 = 250

  let descriptor: Int32
  /// The pipe as the caller named it, for errors.
  let path: String

  /// Reads what has arrived: at least one byte, or 0 at the end.
  ///
  /// Waits for the first writer.
  ///
  /// - Throws: `inputOutput` if reading fails, `cancelled` if the wait was cancelled.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(RepVGGError) -> Int {
    while true {
      // Reading a non-blocking descriptor would not wait for the first writer.
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
