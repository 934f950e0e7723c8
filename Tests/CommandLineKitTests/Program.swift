import Foundation
import Glibc
import SpawnSupport

/// Programs of the machine and of this package, run to their end.
///
/// On `posix_spawn` with descriptors that close on exec: tests run side by side, and one that
/// inherits another's pipe would keep it open.
enum Program {
  /// What a program did.
  struct Result: Sendable {
    let ending: Ending
    let output: String
    let error: String
    /// The exit code; -1 where a signal ended it.
    var status: Int32 { if case .exit(let code) = ending { code } else { -1 } }
  }

  /// How a process ended.
  enum Ending: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  struct Failure: Error { let reason: String }

  /// The folder of this package's built programs: the test program lies there too.
  static let buildFolder: URL = {
    let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: program ?? "").deletingLastPathComponent()
  }()

  /// The built sample tool.
  static var sample: String { buildFolder.appendingPathComponent("CommandLineKitSample").path }

  /// Where a program of the machine lies, where it does.
  static func path(_ name: String) -> String? {
    if name.hasPrefix("/") { return name }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  static func exists(_ name: String) -> Bool { path(name) != nil }

  /// Runs a program to its end.
  static func run(_ name: String, _ arguments: [String], input: String = "") throws -> Result {
    let files = try [scratchFile(input), scratchFile(), scratchFile()]
    defer { for file in files { close(file) } }
    let process = try start(name, arguments, descriptors: files)
    let ending = wait(for: process)
    return Result(ending: ending, output: text(of: files[1]), error: text(of: files[2]))
  }

  /// Starts a program with three descriptors as its standard streams and signals at their defaults,
  /// whatever the tests inherited; one signal may be blocked.
  static func start(
    _ name: String, _ arguments: [String], descriptors: [Int32], blocking signal: Int32? = nil
  ) throws -> pid_t {
    guard let path = path(name) else { throw Failure(reason: "\(name) is not here") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (index, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(index))
    }
    var attributes = SpawnAttributes(blocking: signal)
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let error = posix_spawn(&process, path, &actions, &attributes.value, &words, environ)
    guard error == 0 else { throw Failure(reason: String(cString: strerror(error))) }
    return process
  }

  /// Waits until a process ends.
  static func wait(for process: pid_t) -> Ending {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
  }

  /// Whether a process that was started has not ended yet.
  static func isRunning(_ process: pid_t) -> Bool {
    var information = siginfo_t()
    waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    return information.si_signo == 0
  }

  /// A pipe whose ends close on exec.
  static func pipe() throws -> (read: Int32, write: Int32) {
    // A named pipe: pipe() would leave a moment in which another test's process inherits it.
    let path = scratchPath()
    guard mkfifo(path, 0o600) == 0 else { throw Failure(reason: "no pipe") }
    defer { unlink(path) }
    let read = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    let write = open(path, O_WRONLY | O_CLOEXEC)
    guard read >= 0, write >= 0, fcntl(read, F_SETFL, 0) == 0 else {
      throw Failure(reason: "no pipe")
    }
    return (read, write)
  }

  /// All that can be read from a descriptor's position on.
  static func remainder(of descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    while let chunk = readOnce(descriptor), !chunk.isEmpty { bytes += chunk }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What one read gives; nil at an error.
  static func readOnce(_ descriptor: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(descriptor, &buffer, buffer.count)
    return count < 0 ? nil : Array(buffer[..<count])
  }

  private static func text(of descriptor: Int32) -> String {
    lseek(descriptor, 0, SEEK_SET)
    return remainder(of: descriptor)
  }

  private static func scratchPath() -> String {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("command-line-kit-\(UUID().uuidString)").path
  }

  private static func scratchFile(_ text: String = "") throws -> Int32 {
    let path = scratchPath()
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(reason: "no scratch file") }
    unlink(path)
    let bytes = Array(text.utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw Failure(reason: "no space for a scratch file")
    }
    lseek(descriptor, 0, SEEK_SET)
    return descriptor
  }
}
