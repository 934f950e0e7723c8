import Foundation
import Glibc
import SpawnSupport

/// A built program of this package as a process of its own, with a folder for its files.
final class ToolProcess {
  struct Result {
    let status: Int32
    let output: String
    let error: String
  }

  struct Failure: Error { let reason: String }

  /// The test program lies in the folder of the built programs.
  static let buildFolder: URL = {
    let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: program ?? "").deletingLastPathComponent()
  }()

  /// Runs a program to its end on one thread.
  static func run(_ name: String = "repvgg", arguments: [String]) throws -> Result {
    try ToolProcess(name, arguments: arguments).result()
  }

  private let process: pid_t
  private let files: [URL]

  /// Starts a program with signals at their defaults, whatever the tests inherited.
  init(_ name: String = "repvgg", arguments: [String]) throws {
    files = (0..<2).map { _ in
      FileManager.default.temporaryDirectory.appending(path: "training-\(UUID().uuidString)")
    }
    let path = Self.buildFolder.appending(path: name).path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (index, file) in files.enumerated() {
      posix_spawn_file_actions_addopen(
        &actions, Int32(index + 1), file.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    var attributes = SpawnAttributes()
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var started: pid_t = 0
    let number = posix_spawn(&started, path, &actions, &attributes.value, &words, environ)
    guard number == 0 else { throw Failure(reason: String(cString: strerror(number))) }
    process = started
  }

  /// Sends a signal as soon as a file is there that the program writes.
  func signal(_ number: Int32, after path: String) throws {
    for _ in 0..<6000 {
      if FileManager.default.fileExists(atPath: path) {
        kill(process, number)
        return
      }
      usleep(5000)
    }
    kill(process, SIGKILL)
    throw Failure(reason: "\(path) did not appear")
  }

  /// Waits for the end: the exit code, or the signal's number negated.
  func result() throws -> Result {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    for file in files { try FileManager.default.removeItem(at: file) }
    let signal = status & 0x7F
    return Result(
      status: signal == 0 ? status >> 8 & 0xFF : -signal, output: texts[0], error: texts[1])
  }
}

/// A folder that goes when the test ends.
final class ScratchFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "training-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

  deinit { try? FileManager.default.removeItem(at: url) }
}
