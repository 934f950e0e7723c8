import Foundation
import TestSupport
import Testing

/// Texts that are kept beside the tests and compared whole.
enum Goldens {
  /// The folder that holds them.
  static let folder = Fixture.root.appending(path: "CommandLine")

  /// Whether the files are written anew instead of compared; then every comparison fails, so that
  /// nobody leaves the switch on.
  static let isRegenerating = ProcessInfo.processInfo.environment["REPVGG_WRITE_GOLDENS"] == "1"

  /// Expects a text to be the one in a file.
  static func expect(
    _ text: String, equals fileName: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = folder.appendingPathComponent(fileName)
    if isRegenerating {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      Issue.record("\(fileName) was written, not compared", sourceLocation: sourceLocation)
      return
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    #expect(text == golden, "\(fileName) differs", sourceLocation: sourceLocation)
  }
}
