import Foundation
import Glibc
import SpawnSupport

/// A tool that was started, with signals at their defaults, whatever the tests inherited.
final class RunningTool {
  struct Failure: Error { let reason: String }

  /// Its standard streams: `input`, `output`, `messages`; its home.
  let folder: TemporaryFolder
  private let process: pid_t

  /// Starts the tool.
  ///
  /// - Parameters:
  ///   - words: Its arguments.
  ///   - input: What it can read on standard input.
  ///   - output: The descriptor of its standard output; a file in the folder unless told.
  /// - Throws: Where the tool cannot be started.
  init(_ words: [String], input: [UInt8] = [], output: Int32? = nil) throws {
    folder = try TemporaryFolder()
    try folder.file("input", input)
    // The tool stands beside the test bundle, which is this process's own executable.
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "repvgg").path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, folder.path("input"), O_RDONLY, 0)
    for (descriptor, name) in [(Int32(1), "output"), (2, "messages")] {
      try folder.file(name, [])
      posix_spawn_file_actions_addopen(&actions, descriptor, folder.path(name), O_WRONLY, 0)
    }
    if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
    var attributes = SpawnAttributes()
    var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) } + [nil]
    let variables = ["PATH=/usr/bin:/bin", "HOME=\(folder.url.path)"]
    var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var started: pid_t = 0
    let number = posix_spawn(
      &started, program, &actions, &attributes.value, &arguments, &environment)
    guard number == 0 else { throw Failure(reason: String(cString: strerror(number))) }
    process = started
  }

  /// Whether the tool has not ended yet.
  var isRunning: Bool {
    var information = siginfo_t()
    waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    return information.si_signo == 0
  }

  /// What Ctrl-C sends.
  func interrupt() { kill(process, SIGINT) }

  /// Waits for the end, once; gives the exit code, or 128 and the signal's number.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }
}
