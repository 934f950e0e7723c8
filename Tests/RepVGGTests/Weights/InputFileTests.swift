import Foundation
import Glibc
import RepVGG
import TestSupport
import Testing

@Suite struct InputFileTests {
  @Test func checksEveryAccess() throws {
    let folder = try TemporaryFolder()
    let file = try InputFile(path: folder.file("x", [1, 2, 3, 4, 5]))
    #expect(file.byteCount == 5)
    #expect(try file.bytes(at: 1, count: 3) == [2, 3, 4])
    #expect(try file.integer(UInt32.self, at: 1) == 0x0504_0302)
    #expect(try file.bytes(at: 5, count: 0) == [])
    #expect(try file.matches([4, 5], at: 3))
    #expect(try !file.matches([4, 5, 6], at: 3))
    #expect(try !file.matches([1], at: -1))
    for (offset, count) in [(-1, 1), (0, 6), (5, 1), (6, 0), (1, -1), (.max, 1), (1, .max)] {
      #expect(throws: RepVGGError.self) { try file.bytes(at: offset, count: count) }
    }
    #expect(throws: RepVGGError.self) { try file.integer(UInt64.self, at: 0) }
    #expect(throws: RepVGGError.self) { try file.integer(UInt8.self, at: 5) }
  }

  @Test func namesWhyAFileCannotBeRead() throws {
    let folder = try TemporaryFolder()
    mkfifo(folder.path("fifo"), 0o600)
    let cases: [(String, RepVGGError.Kind)] = [
      (folder.path("missing"), .missingInput), (folder.url.path, .missingInput),
      (folder.path("fifo"), .missingInput), ("/dev/zero", .missingInput), ("", .missingInput),
      ("a\0b", .missingInput), (try folder.file("empty", []), .badData),
    ]
    for (path, kind) in cases {
      let error = #expect(throws: RepVGGError.self, "\(path)") { try InputFile(path: path) }
      #expect(error?.kind == kind, "\(path)")
      #expect(error?.file != nil)
    }
  }

  /// A named pipe whose writer comes late, writes what it is given, and goes.
  static func pipe(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> String {
    let path = folder.path("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    Thread.detachNewThread {
      signal(SIGPIPE, SIG_IGN)
      usleep(100_000)
      // A reader that gave up early closes the pipe: that is no matter of the writer.
      try? FileHandle(forWritingTo: URL(filePath: path)).write(contentsOf: Data(bytes))
    }
    return path
  }

  @Test(arguments: [
    "tiny/train.safetensors", "tiny/train.pth", "tiny-containers/legacy-nonzip.pth",
  ])
  func checkpointsComeFromPipes(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = try Self.pipe(Fixture.bytes(name), in: folder)
    let piped = try Checkpoint(contentsOf: path)
    let stored = try Checkpoint(contentsOf: Fixture.path(name))
    #expect(piped.format == stored.format && piped.file == path)
    try TorchFixtureTests.expectEqual(piped.tensors, stored.tensors)
  }

  @Test func arraysComeFromPipes() throws {
    let folder = try TemporaryFolder()
    let array = try NPYArray(
      contentsOf: Self.pipe(Fixture.bytes("tiny/input.npy"), in: folder))
    let stored = try NPYArray(contentsOf: Fixture.path("tiny/input.npy"))
    #expect(array.shape == stored.shape)
    #expect(try array.floats() == stored.floats())
  }

  /// More than the kernel's buffer and the first look, but nowhere near the end.
  @Test func pipesThatHoldSomethingElseAreNotReadToTheirEnd() throws {
    let folder = try TemporaryFolder()
    let other = [UInt8](repeating: 0, count: 64 << 20)
    let clock = ContinuousClock()
    let start = clock.now
    let error = #expect(throws: RepVGGError.self) {
      try Checkpoint(contentsOf: Self.pipe(other, in: folder))
    }
    #expect(error?.kind == .badData && error?.reason.contains("neither") == true)
    #expect(start.duration(to: clock.now) < .seconds(20))
    let second = try TemporaryFolder()
    #expect(throws: RepVGGError.self) {
      try NPYArray(contentsOf: Self.pipe(other, in: second))
    }
    let third = try TemporaryFolder()
    let empty = #expect(throws: RepVGGError.self) {
      try Checkpoint(contentsOf: Self.pipe([], in: third))
    }
    #expect(empty?.reason == "is empty")
  }
}
