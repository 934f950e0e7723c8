import Foundation
import Glibc
import RepVGG
import TestSupport
import Testing

/// Files that change while a network is loaded from them.
@Suite struct TornFileTests {
  /// What may happen to a file in place.
  enum Change: CaseIterable {
    case overwritten, cutShort, emptied, extended, overwrittenWithItsTimes

    func apply(to path: String) throws {
      let descriptor = open(path, O_WRONLY)
      defer { close(descriptor) }
      var status = stat()
      try #require(descriptor >= 0 && fstat(descriptor, &status) == 0)
      let junk = [UInt8](repeating: 0x3e, count: 4096)
      switch self {
      case .overwritten: #expect(pwrite(descriptor, junk, junk.count, 40_000) == junk.count)
      case .cutShort: #expect(ftruncate(descriptor, 4096) == 0)
      case .emptied: #expect(ftruncate(descriptor, 0) == 0)
      case .extended: #expect(pwrite(descriptor, junk, 1, status.st_size) == 1)
      case .overwrittenWithItsTimes:
        #expect(pwrite(descriptor, junk, junk.count, 40_000) == junk.count)
        #expect(futimens(descriptor, [status.st_atim, status.st_mtim]) == 0)
      }
    }
  }

  static let formats = [
    "tiny/train.safetensors", "tiny/train.pth", "tiny-containers/legacy-nonzip.pth",
  ]

  static func logits(_ plan: Plan) throws -> [Float] {
    try plan.makeSession().run(NPYArray(contentsOf: Fixture.path("tiny/input.npy")).floats())
  }

  static func plan(_ network: Network) throws -> Plan {
    let images = try NPYArray(contentsOf: Fixture.path("tiny/input.npy"))
    return try Plan(network, input: InputShape(dimensions: images.shape))
  }

  @Test(arguments: formats, Change.allCases)
  func aChangeBeforePlanningIsAnError(_ format: String, _ change: Change) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("w", Fixture.bytes(format))
    let network = try Network(contentsOf: path)
    try change.apply(to: path)
    for _ in 0..<2 {
      let error = #expect(throws: RepVGGError.self) { try Self.plan(network) }
      #expect(error?.kind == .inputOutput && error?.file == path)
      #expect(error?.reason.contains("changed while it was being read") == true)
    }
  }

  @Test(arguments: formats, Change.allCases)
  func aChangeAfterPlanningChangesNothing(_ format: String, _ change: Change) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("w", Fixture.bytes(format))
    let plan = try Self.plan(Network(contentsOf: path))
    let before = try Self.logits(plan)
    try change.apply(to: path)
    let after = try Self.logits(plan)
    #expect(before.map(\.bitPattern) == after.map(\.bitPattern))
  }

  /// What deployment does to files: none of it touches the bytes that were opened.
  @Test(arguments: formats) func replacingByARenameIsNoChange(_ format: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try Fixture.bytes(format)
    let path = try folder.file("w", bytes)
    let expected = try Self.logits(Self.plan(Network(contentsOf: path)))
    let steps: [() throws -> Void] = [
      { #expect(link(path, folder.path("link")) == 0) },
      { #expect(chmod(path, 0o400) == 0) },
      { #expect(rename(path, folder.path("old")) == 0) },
      {
        let new = try folder.file("new", [1, 2, 3])
        #expect(rename(new, path) == 0)
      },
      { #expect(unlink(folder.path("old")) == 0) },
    ]
    let network = try Network(contentsOf: path)
    for step in steps {
      try step()
      #expect(try Self.logits(Self.plan(network)) == expected)
    }
  }

  /// A second write within one tick of the kernel's clock leaves the times as they are.
  @Test func aChangeRightAfterWritingShows() throws {
    let folder = try TemporaryFolder()
    let bytes = try Fixture.bytes("tiny/train.safetensors")
    for index in 0..<20 {
      let path = try folder.file("w\(index)", bytes)
      let network = try Network(contentsOf: path)
      try Change.overwritten.apply(to: path)
      #expect(throws: RepVGGError.self) { try Self.plan(network) }
    }
  }

  @Test(arguments: Change.allCases) func arraysAreCheckedToo(_ change: Change) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.npy", Fixture.bytes("tiny/input.npy"))
    let array = try NPYArray(contentsOf: path)
    try change.apply(to: path)
    let error = #expect(throws: RepVGGError.self) { try array.floats() }
    #expect(error?.kind == .inputOutput && error?.file == path)
  }
}
