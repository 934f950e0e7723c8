import Foundation

/// A program that tests run as a process of its own: what a user's shell would do.
package struct ToolProcess: Sendable {
  /// What a process left behind.
  package struct Outcome: Sendable {
    /// The exit code, or 128 and the signal's number where one ended the process.
    package let code: Int32
    /// The signal that ended the process; nil where it ended by itself.
    package let signal: Int32?
    package let outputBytes: Data
    package let messages: String

    package var output: String { String(decoding: outputBytes, as: UTF8.self) }
  }

  /// Why a program was not started.
  package struct Failure: Error { let reason: String }

  package static let repvgg = ToolProcess(built: "repvgg")
  package static let bench = ToolProcess(built: "repvgg-bench")

  package let executable: URL
  package var name: String { executable.lastPathComponent }

  /// A program of this package: it is stored beside the test bundle, which is this process's own
  /// executable.
  package init(built name: String) {
    executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: name)
  }

  /// A program of this machine, by its path or looked for in `PATH`.
  package init(installed name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let path = name.contains("/") ? nil : folders.map { "\($0)/\(name)" }.first(where: Self.canRun)
    executable = URL(filePath: path ?? name)
  }

  /// Whether the program is installed.
  package var exists: Bool { Self.canRun(executable.path) }

  private static func canRun(_ path: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: path)
  }

  /// Runs the program and waits for its end; see ``start(_:input:environment:output:limits:blocking:)``.
  package func run(
    _ arguments: [String], input: some DataProtocol = Data(), environment: [String: String] = [:],
    limits: String? = nil
  ) throws -> Outcome {
    try start(
      arguments, input: input, environment: environment, limits: limits
    ).finish()
  }

  /// Starts the program with signals at their defaults, whatever the tests inherited.
  ///
  /// - Parameters:
  ///   - arguments: The words after the program's name.
  ///   - input: What standard input holds.
  ///   - environment: Variables beside those of the tests.
  ///   - output: Standard output; a file unless told.
  ///   - limits: A shell's commands before the program, such as `ulimit -v 200000`; the program is
  ///     then killed after a minute, which gives 137.
  ///   - signal: A signal that the program finds blocked.
  /// - Returns: The started program.
  /// - Throws: Where the program cannot be started.
  package func start(
    _ arguments: [String], input: some DataProtocol = Data(), environment: [String: String] = [:],
    output: FileHandle? = nil, limits: String? = nil,
    blocking signal: Int32? = nil
  ) throws -> RunningTool {
    let files = try TemporaryFolder()
    try files.file("stdin", input)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, files.path("stdin"), O_RDONLY, 0)
    for (descriptor, name) in [(Int32(1), "stdout"), (2, "stderr")] {
      try files.file(name, [])
      posix_spawn_file_actions_addopen(&actions, descriptor, files.path(name), O_WRONLY, 0)
    }
    if let output { posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 1) }

    var words = [executable.path] + arguments
    if let limits {
      words = ["/bin/sh", "-c", limits + "; exec timeout -s KILL 60 \"$0\" \"$@\""] + words
    }
    let variables = ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("REPVGG_") && $0.key != "NO_COLOR" && $0.key != "FORCE_COLOR" }
      // What this user tuned once must not change what is tested.
      .merging(["REPVGG_TUNING": "none"]) { $1 }
      .merging(environment) { $1 }
    let wordPointers = words.map { strdup($0) } + [nil]
    let variablePointers = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in wordPointers + variablePointers { free(text) } }
    var attributes = SpawnAttributes(blocking: signal)
    var process: pid_t = 0
    let number = withExtendedLifetime(output) {
      posix_spawn(
        &process, words[0], &actions, &attributes.value, wordPointers, variablePointers)
    }
    guard number == 0 else {
      throw Failure(reason: "\(words[0]): \(String(cString: strerror(number)))")
    }
    return RunningTool(process: process, files: files)
  }
}
