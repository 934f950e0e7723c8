import CommandLineKit
import Foundation

/// What `repvgg` left behind: run as a process of its own, as a shell would.
struct ToolRun: Sendable {
  /// The exit code, or 128 and the signal's number where one ended the process.
  let code: Int32
  let output: String
  let messages: String

  /// Runs the tool and waits for its end.
  init(_ words: [String], input: [UInt8] = []) throws {
    let running = try RunningTool(words, input: input)
    try self.init(running)
  }

  /// Waits for the end of a tool that was started.
  init(_ running: RunningTool) throws {
    running.process.waitUntilExit()
    let hasSignal = running.process.terminationReason == .uncaughtSignal
    code = running.process.terminationStatus + (hasSignal ? 128 : 0)
    output = try String(contentsOfFile: running.folder.path("output"), encoding: .utf8)
    messages = try String(contentsOfFile: running.folder.path("messages"), encoding: .utf8)
  }

  /// The objects of `--jsonl` output, the meta line included.
  var objects: [JSONValue] {
    get throws {
      try output.split(separator: "\n").map { try JSONReader().value(String($0)) }
    }
  }

  /// The objects of images.
  var images: [JSONValue] {
    get throws { try objects.filter { $0["meta"] == nil } }
  }
}

/// A tool that was started.
final class RunningTool {
  let process = Process()
  let folder: TemporaryFolder

  init(_ words: [String], input: [UInt8] = [], output: FileHandle? = nil) throws {
    folder = try TemporaryFolder()
    let inputPath = try folder.file("input", input)
    // The tool stands beside the test bundle, which is this process's own executable.
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "repvgg")
    process.arguments = words
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.url.path]
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: inputPath))
    let outputFile = try folder.handle("output")
    process.standardOutput = output ?? outputFile
    process.standardError = try folder.handle("messages")
    try process.run()
  }
}

/// A folder that is removed with everything in it when the object goes.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "repvgg-classify-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.path + "/" + name }

  /// Writes a file, and the folders it lies in; gives its path.
  @discardableResult
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = URL(filePath: path(name))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return path(name)
  }

  func handle(_ name: String) throws -> FileHandle {
    try file(name, [])
    return try FileHandle(forWritingTo: URL(filePath: path(name)))
  }
}
