import Foundation
import Testing

/// A built command-line tool, run as a process of its own: what a user's shell would do.
struct ToolProcess: Sendable {
  /// What a process left behind.
  struct Outcome: Sendable {
    /// The exit code, or 128 and the signal's number where one ended the process.
    let code: Int32
    let outputBytes: Data
    let messages: String

    var output: String { String(decoding: outputBytes, as: UTF8.self) }
  }

  /// The tools that these tests run.
  static let repvgg = ToolProcess(name: "repvgg")
  static let bench = ToolProcess(name: "repvgg-bench")

  let name: String

  /// The tool stands beside the test bundle, which is this process's own executable.
  var executable: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: name)
  }

  /// Runs the tool and waits for its end.
  ///
  /// - Parameters:
  ///   - arguments: The words after the tool's name.
  ///   - input: What standard input holds.
  ///   - environment: Variables beside those of the tests.
  ///   - folder: The working folder.
  ///   - limits: A shell's commands before the tool, such as `ulimit -v 200000`; the tool is then
  ///     killed after a minute, which gives 137.
  /// - Returns: What the tool wrote and its exit code.
  /// - Throws: Where the tool cannot be started.
  func run(
    _ arguments: [String], input: Data = Data(), environment: [String: String] = [:],
    folder: URL? = nil, limits: String? = nil
  ) throws -> Outcome {
    let started = try start(
      arguments, input: input, environment: environment, folder: folder, limits: limits)
    return try started.finish()
  }

  /// Runs the tool and expects an exit code; the messages are part of a failure's text.
  @discardableResult
  func run(
    expecting code: Int32, _ arguments: [String], input: Data = Data(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    let outcome = try run(arguments, input: input)
    #expect(
      outcome.code == code, "\(name) \(arguments): \(outcome.messages)",
      sourceLocation: sourceLocation)
    return outcome
  }

  /// Starts the tool.
  func start(
    _ arguments: [String], input: Data = Data(), environment: [String: String] = [:],
    folder: URL? = nil, output: FileHandle? = nil, limits: String? = nil
  ) throws -> RunningTool {
    let files = try TemporaryFolder()
    try input.write(to: files.url.appending(path: "stdin"))
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    if let limits {
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments =
        ["-c", limits + "; exec timeout -s KILL 60 \"$0\" \"$@\"", executable.path] + arguments
    }
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("REPVGG_") && $0.key != "NO_COLOR" && $0.key != "FORCE_COLOR" }
      // What this user tuned once must not change what is tested.
      .merging(["REPVGG_TUNING": "none"]) { $1 }
      .merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: files.url.appending(path: "stdin"))
    process.standardOutput = try output ?? files.emptyFile("stdout")
    process.standardError = try files.emptyFile("stderr")
    try Self.withoutBlockedSignals { try process.run() }
    return RunningTool(process: process, files: files)
  }
}

extension ToolProcess {
  /// Tests run on threads that block signals, and a child would inherit that; a shell blocks none.
  private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var (none, previous) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    try body()
  }
}

/// A tool that was started.
final class RunningTool {
  private let process: Process
  private let files: TemporaryFolder

  init(process: Process, files: TemporaryFolder) {
    self.process = process
    self.files = files
  }

  /// What the tool has said on standard error until now.
  var messages: String {
    (try? String(contentsOfFile: files.path("stderr"), encoding: .utf8)) ?? ""
  }

  var isRunning: Bool { process.isRunning }

  /// What Ctrl-C sends.
  func interrupt() { process.interrupt() }

  /// Waits for the end.
  func finish() throws -> ToolProcess.Outcome {
    process.waitUntilExit()
    let signal = process.terminationReason == .uncaughtSignal
    return ToolProcess.Outcome(
      code: (signal ? 128 : 0) + process.terminationStatus,
      outputBytes: (try? Data(contentsOf: files.url.appending(path: "stdout"))) ?? Data(),
      messages: messages)
  }
}

/// A folder that is removed with everything in it when the object goes.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "repvgg-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    try Data(bytes).write(to: url.appending(path: name))
    return path(name)
  }

  /// A new file that is open for writing.
  func emptyFile(_ name: String) throws -> FileHandle {
    try Data().write(to: url.appending(path: name))
    return try FileHandle(forWritingTo: url.appending(path: name))
  }

  /// The names of the files inside, sorted.
  var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}
