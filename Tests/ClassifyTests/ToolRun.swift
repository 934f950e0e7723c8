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
    code = running.wait()
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
}
