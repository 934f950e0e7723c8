import Foundation
import Glibc
import RepVGG
import Testing

@Suite struct MappedFileTests {
  @Test func checksEveryAccess() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(path: folder.file("x", [1, 2, 3, 4, 5]))
    #expect(file.byteCount == 5)
    #expect(try file.bytes(at: 1, count: 3) == [2, 3, 4])
    #expect(try file.integer(UInt32.self, at: 1) == 0x0504_0302)
    #expect(try file.bytes(at: 5, count: 0) == [])
    #expect(file.matches([4, 5], at: 3))
    #expect(!file.matches([4, 5, 6], at: 3))
    #expect(!file.matches([1], at: -1))
    for (offset, count) in [(-1, 1), (0, 6), (5, 1), (6, 0), (1, -1), (.max, 1), (1, .max)] {
      #expect(throws: RepVGGError.self) { try file.bytes(at: offset, count: count) }
      file.releasePages(at: offset, count: count)
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
      let error = #expect(throws: RepVGGError.self, "\(path)") { try MappedFile(path: path) }
      #expect(error?.kind == kind, "\(path)")
      #expect(error?.file != nil)
    }
  }

  @Test func staysReadableAfterItsPagesWereReleased() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let mapped = try MappedFile(path: folder.file("x", bytes))
    let copied = try bytes.withUnsafeBytes { try MappedFile(copying: $0, path: "copy") }
    for file in [mapped, copied] {
      file.releasePages(at: 5000, count: 50_000)
      #expect(try file.bytes(at: 0, count: bytes.count) == bytes)
    }
  }
}
