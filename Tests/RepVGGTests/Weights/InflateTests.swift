import RepVGG
import TestSupport
import Testing

/// Archives whose members were packed anew, as PyTorch's own reader accepts them.
@Suite struct InflateTests {
  @Test func packedMembersAreReadAsTheyWere() throws {
    let folder = "cases/11-not-a-state-dict"
    let packed = try Checkpoint(contentsOf: Fixture.path("\(folder)/recompressed.pth"))
    let plain = try Checkpoint(contentsOf: Fixture.path("\(folder)/ok.pth"))
    #expect(packed.tensors.count == 130)
    try TorchFixtureTests.expectEqual(packed.tensors, plain.tensors)
  }

  /// What zlib makes of twelve Float32 zeros and of bytes that it could only store.
  @Test(
    arguments: [
      ([0x63, 0x60, 0x20, 0x0d, 0x00, 0x00], [UInt8](repeating: 0, count: 48)),
      (
        [0x01, 0x30, 0x00, 0xcf, 0xff] + [UInt8](0..<48), [UInt8](0..<48)
      ),
    ] as [([UInt8], [UInt8])])
  func fixedAndStoredBlocks(_ packed: [UInt8], _ bytes: [UInt8]) throws {
    var archive = ZipBuilder(
      torch: Pickle.whole(Pickle.dictionary([("t", PickleTests.tensor)])),
      storages: [("0", packed)])
    archive.members[2].method = 8
    archive.members[2].unpackedSize = UInt32(bytes.count)
    let expected = bytes.withUnsafeBytes { buffer in
      (0..<3).map { buffer.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    let tensor = try #require(try SafetensorsTests.read(archive.bytes).tensors["t"])
    #expect(try tensor.floats().map(\.bitPattern) == expected.map(\.bitPattern))
    // Neither more nor fewer bytes than the directory says.
    for count in [47, 49] {
      archive.members[2].unpackedSize = UInt32(count)
      #expect(throws: RepVGGError.self) { try SafetensorsTests.read(archive.bytes) }
    }
    archive.members[2].unpackedSize = 1 << 30
    let error = #expect(throws: RepVGGError.self) { try SafetensorsTests.read(archive.bytes) }
    #expect(error?.reason.contains("too many for a file") == true)
  }

  @Test func damagedStreamsAreErrors() throws {
    let original = try Fixture.bytes("cases/11-not-a-state-dict/recompressed.pth")
    var generator = SeededGenerator(seed: 7)
    var errorCount = 0
    for _ in 0..<300 {
      var bytes = original
      // The pickle is the first member.
      let place = Int.random(in: 60..<4800, using: &generator)
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      do throws(RepVGGError) {
        for tensor in try SafetensorsTests.read(bytes).tensors.values { _ = try tensor.floats() }
      } catch {
        errorCount += 1
        #expect(error.file == "x.safetensors")
      }
    }
    #expect(errorCount > 100)
  }
}
