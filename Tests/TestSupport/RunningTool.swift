import Foundation

/// A program that was started; it is killed where nobody waits for its end.
package final class RunningTool {
  private let process: pid_t
  /// Its standard streams.
  private let files: TemporaryFolder
  private var hasEnded = false

  init(process: pid_t, files: TemporaryFolder) {
    self.process = process
    self.files = files
  }

  deinit {
    guard !hasEnded else { return }
    send(SIGKILL)
    _ = wait()
  }

  /// What the program has written until now.
  package var output: String { String(decoding: bytes("stdout"), as: UTF8.self) }
  package var messages: String { String(decoding: bytes("stderr"), as: UTF8.self) }

  private func bytes(_ name: String) -> Data { (try? files.bytes(name)) ?? Data() }

  /// Whether the program has not ended yet.
  package var isRunning: Bool {
    var information = siginfo_t()
    waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    return information.si_signo == 0
  }

  package func send(_ signal: Int32) { kill(process, signal) }

  /// What Ctrl-C sends.
  package func interrupt() { send(SIGINT) }

  /// Sends a signal as soon as a file is there that the program writes.
  ///
  /// - Throws: Where it does not appear within half a minute.
  package func send(_ signal: Int32, after path: String) throws {
    for _ in 0..<6000 {
      if FileManager.default.fileExists(atPath: path) { return send(signal) }
      usleep(5000)
    }
    throw ToolProcess.Failure(reason: "\(path) did not appear")
  }

  /// Waits for the end, once.
  package func finish() throws -> ToolProcess.Outcome {
    let status = wait()
    let signal = status & 0x7F
    return ToolProcess.Outcome(
      code: signal == 0 ? status >> 8 & 0xFF : 128 + signal, signal: signal == 0 ? nil : signal,
      outputBytes: try files.bytes("stdout"), messages: messages)
  }

  private func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    hasEnded = true
    return status
  }
}
