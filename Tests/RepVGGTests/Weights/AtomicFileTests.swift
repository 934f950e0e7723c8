import Foundation
import Glibc
import RepVGG
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  static func write(_ text: String, to path: String, replacing: Bool) throws(RepVGGError) {
    var file = try AtomicFile(path: path, replacing: replacing)
    try Array(text.utf8).withUnsafeBufferPointer { buffer throws(RepVGGError) in
      try file.write(UnsafeRawBufferPointer(buffer))
    }
    try file.commit()
  }

  @Test func replacesOnlyWhenTold() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out")
    try Self.write("one", to: path, replacing: false)
    let error = #expect(throws: RepVGGError.self) {
      try Self.write("two", to: path, replacing: false)
    }
    #expect(error?.kind == .cannotCreate)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
    try Self.write("three", to: path, replacing: true)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "three")
    #expect(try folder.contents == ["out"])
  }

  @Test func losesARaceRatherThanReplacing() throws {
    let folder = try TemporaryFolder()
    var file = try AtomicFile(path: folder.path("out"), replacing: false)
    _ = try folder.file("out", Array("other".utf8))
    let error = #expect(throws: RepVGGError.self) { try file.commit() }
    #expect(error?.kind == .cannotCreate)
    #expect(try String(contentsOfFile: folder.path("out"), encoding: .utf8) == "other")
  }

  @Test func withoutCommitNothingRemains() throws {
    let folder = try TemporaryFolder()
    do {
      var file = try AtomicFile(path: folder.path("out"), replacing: true)
      try [UInt8](repeating: 1, count: 100).withUnsafeBytes { try file.write($0) }
    }
    #expect(try folder.contents == [])
  }

  @Test func namesCanBeAsLongAsTheSystemAllows() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "n", count: 255)
    for replacing in [false, true, true] {
      try Self.write("x", to: folder.path(name), replacing: replacing)
    }
    #expect(try folder.contents == [name])
  }

  @Test func obeysTheFileModeMask() throws {
    let folder = try TemporaryFolder()
    try Self.write("x", to: folder.path("x"), replacing: false)
    _ = try folder.file("plain", [1])
    var (status, plain) = (stat(), stat())
    #expect(stat(folder.path("x"), &status) == 0 && stat(folder.path("plain"), &plain) == 0)
    #expect(status.st_mode == plain.st_mode)
  }

  @Test func keepsLinksAndPermissions() throws {
    let folder = try TemporaryFolder()
    let target = try folder.file("target", [1])
    chmod(target, 0o640)
    symlink("target", folder.path("link"))
    try Self.write("new", to: folder.path("link"), replacing: true)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "new")
    var status = stat()
    #expect(lstat(folder.path("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(target, &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  @Test func refusesWhatIsNoRegularFile() throws {
    let folder = try TemporaryFolder()
    mkfifo(folder.path("fifo"), 0o600)
    let paths = [
      "/dev/null", folder.url.path, folder.path("fifo"), folder.path("no/out"), "", "a/",
    ]
    for path in paths {
      let error = #expect(throws: RepVGGError.self, "\(path)") {
        try Self.write("x", to: path, replacing: true)
      }
      #expect(error?.kind == .cannotCreate)
    }
    #expect(try folder.contents == ["fifo"])
  }

  @Test func reportsAFullDisk() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let error = #expect(throws: RepVGGError.self) {
      try [UInt8](repeating: 1, count: 10).withUnsafeBytes {
        try $0.writeAll(to: descriptor, path: "full")
      }
    }
    #expect(error?.kind == .inputOutput)
    #expect(error?.file == "full")
  }
}
