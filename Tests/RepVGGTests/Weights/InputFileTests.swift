import Foundation
import Glibc
import RepVGG
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
}
