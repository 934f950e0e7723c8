import CPlatform
import Glibc

/// The reading end of a pipe whose other end a child writes to.
struct ChildPipe {
  private(set) var readEnd: Int32
  private(set) var writeEnd: Int32
  private(set) var bytes: [UInt8] = []
  private(set) var isTruncated = false
  private let limitBytes: Int

  /// A pipe that keeps at most `limitBytes` and drops the rest.
  init(limitBytes: Int) throws(MeasurementError) {
    var source: Int32 = -1
    var sink: Int32 = -1
    let refusal = rvgk_make_pipe(&source, &sink)
    guard refusal == 0 else {
      throw MeasurementError("cannot make a pipe: \(errorText(refusal))")
    }
    readEnd = source
    self.limitBytes = max(0, limitBytes)
    // Away from the numbers that it takes in the child, so that no duplicate closes another.
    writeEnd = fcntl(sink, F_DUPFD_CLOEXEC, 10)
    let failure = errno
    _ = Glibc.close(sink)
    guard writeEnd >= 0, fcntl(readEnd, F_SETFL, O_NONBLOCK) == 0 else {
      _ = Glibc.close(readEnd)
      if writeEnd >= 0 { _ = Glibc.close(writeEnd) }
      throw MeasurementError("cannot make a pipe: \(errorText(failure))")
    }
  }

  /// Whether the child's side may still write.
  var isOpen: Bool { readEnd >= 0 }

  mutating func closeWriteEnd() {
    if writeEnd >= 0 { _ = Glibc.close(writeEnd) }
    writeEnd = -1
  }

  mutating func close() {
    closeWriteEnd()
    if readEnd >= 0 { _ = Glibc.close(readEnd) }
    readEnd = -1
  }

  /// Reads what is there, some mebibytes at most, so that a child that writes without end does not
  /// keep the caller from ending it; closes at the end or at an error.
  mutating func drain() {
    guard isOpen else { return }
    var chunk = [UInt8](repeating: 0, count: 65_536)
    for _ in 0..<64 {
      let got = chunk.withUnsafeMutableBytes { Glibc.read(readEnd, $0.baseAddress, $0.count) }
      if got > 0 {
        let kept = min(got, limitBytes - bytes.count)
        bytes.append(contentsOf: chunk[..<kept])
        if kept < got { isTruncated = true }
      } else if got < 0 && errno == EINTR {
        continue
      } else if got < 0 && errno == EAGAIN {
        return
      } else {
        close()
        return
      }
    }
  }
}

/// The system's text of an error number.
func errorText(_ number: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
