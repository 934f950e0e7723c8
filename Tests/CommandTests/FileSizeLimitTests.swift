import Foundation
import TestSupport
import Testing

/// A limit on the size of files is told of like a full disk, and leaves nothing behind.
@Suite struct FileSizeLimitTests {
  private static let weights = CommandFixture.path("tiny/train.safetensors")

  @Test(arguments: [0, 1, 16])
  func aFileBeyondTheLimitIsAnError(blocks: Int) throws {
    let folder = try TemporaryFolder()
    let output = folder.path("out.safetensors")
    let outcome = try ToolProcess.repvgg.run(
      ["convert", Self.weights, output], limits: "ulimit -f \(blocks)")
    #expect(outcome.code == 74)
    // With nothing to write at all, not even the message gets out.
    #expect(blocks == 0 || outcome.messages.contains("out.safetensors"), "\(outcome.messages)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }
}
