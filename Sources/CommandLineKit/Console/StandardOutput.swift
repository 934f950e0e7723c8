import Foundation
import Glibc

/// Why bytes could not be written to a stream.
package enum OutputError: Error, Sendable, Hashable, CustomStringConvertible, ExitCodeConvertible {
  /// The reader went away (EPIPE): no fault of ours, nothing is left to say.
  case closed
  /// Writing failed, with the system's error number.
  case failed(errorNumber: Int32)

  /// The code that the process ends with when this error reaches the top.
  package var exitCode: ExitCode { .inputOutput }

  /// The reason as a sentence.
  package var description: String {
    switch self {
    case .closed: "the reader of the output is gone"
    case .failed(let number): "cannot write the output: \(String(cString: strerror(number)))"
    }
  }
}

/// A file descriptor that whole texts are written to, with an error for each way of failing.
package struct DescriptorWriter: Sendable, Hashable {
  /// The file descriptor written to; it stays the caller's.
  package let descriptor: Int32

  /// A stream that writes to a descriptor.
  package init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Writes all of a text as UTF-8.
  ///
  /// - Parameter text: What to write; nothing is appended.
  /// - Throws: `OutputError`, when the reader is gone or the system refuses.
  package func write(_ text: String) throws(OutputError) {
    try write(Array(text.utf8))
  }

  /// Writes all bytes, however many calls that takes, waiting where the descriptor does not block.
  ///
  /// - Parameter bytes: What to write.
  /// - Throws: `OutputError`, when the reader is gone or the system refuses.
  package func write(_ bytes: [UInt8]) throws(OutputError) {
    var start = 0
    while start < bytes.count {
      let (written, number) = bytes[start...].withUnsafeBytes { buffer in
        let count = Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        return (count, errno)
      }
      if written >= 0 {
        start += written
      } else if number == EAGAIN || number == EWOULDBLOCK {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
      } else if number == EPIPE {
        throw .closed
      } else if number != EINTR {
        throw .failed(errorNumber: number)
      }
    }
  }
}

/// The process's standard output, for data: unbuffered, so nothing is lost or reported late.
package enum StandardOutput {
  /// Writes all of a text, as given.
  ///
  /// - Parameter text: What to write; nothing is appended.
  /// - Throws: `OutputError`; let it reach `CommandLineTool.main`, which ends quietly on `closed`.
  package static func write(_ text: String) throws(OutputError) {
    try DescriptorWriter(descriptor: STDOUT_FILENO).write(text)
  }

  /// Writes all bytes, as given.
  ///
  /// - Parameter bytes: What to write.
  /// - Throws: `OutputError`; let it reach `CommandLineTool.main`, which ends quietly on `closed`.
  package static func write(_ bytes: [UInt8]) throws(OutputError) {
    try DescriptorWriter(descriptor: STDOUT_FILENO).write(bytes)
  }
}

/// The process's standard error, for messages: a failure to write one has nowhere to go.
package enum StandardError {
  /// Writes all of a text, as given; failures are dropped.
  package static func write(_ text: String) {
    try? DescriptorWriter(descriptor: STDERR_FILENO).write(text)
  }
}
