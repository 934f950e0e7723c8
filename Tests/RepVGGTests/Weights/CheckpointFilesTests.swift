import Foundation
import RepVGG
import TestSupport
import Testing

@Suite struct CheckpointFilesTests {
  @Test func contentDecidesTheFormat() throws {
    let folder = try TemporaryFolder()
    for (source, name, format) in [
      ("tiny/train.safetensors", "a.pth", Checkpoint.Format.safetensors),
      ("tiny/train.pth", "a.safetensors", .torchZip),
      ("tiny-containers/legacy-nonzip.pth", "a", .torchLegacy),
    ] {
      let path = try folder.file(name, Fixture.bytes(source))
      #expect(try Checkpoint(contentsOf: path).format == format)
    }
  }

  @Test(
    arguments: [
      (Array("version https://git-lfs.github.com/spec/v1\noid".utf8), "Git LFS"),
      (Array("<!DOCTYPE html>".utf8), "web page"), ([0x93] + Array("NUMPY".utf8), "NumPy"),
      ([0x1f, 0x8b, 8, 0], "gzip"), ([0x80, 2, 0x7d, 0x2e], "not one of torch.save"),
      (Array("PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 18), "zip"),
      ([UInt8](repeating: 0, count: 257) + Array("ustar".utf8), "tar"),
      (Array("hello".utf8), "neither"), ([0], "neither"),
      (Array("GGUF".utf8), "GGUF"), ([8, 7, 0x12, 7] + Array("pytorch".utf8), "ONNX"),
      (Array(#"{"metadata":{},"weight_map":{"a":"b"}}"#.utf8), "index of a checkpoint"),
      (Array(#"{"a":1,{"#.utf8), "is JSON"), (Array("<?xml?><net name='m'>".utf8), "OpenVINO"),
      ([0x80, 4] + Array("cnumpy.core.multiarray".utf8), "NumPy arrays"),
      ([0xfd] + Array("7zXZ".utf8), "xz"), ([0x28, 0xb5, 0x2f, 0xfd], "Zstandard"),
      (ZipArchiveTests.good.bytes.dropFirst(5) + [], "without its beginning"),
    ] as [([UInt8], String)])
  func hintsAtWhatAFileIs(_ bytes: [UInt8], _ hint: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("weights.pth", bytes)
    let error = #expect(throws: RepVGGError.self) { try Checkpoint(contentsOf: path) }
    #expect(error?.kind == .badData)
    #expect(error?.file == path)
    #expect(error?.reason.contains(hint) == true, "\(String(describing: error))")
  }

  @Test func convertsAFileInPlace() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("w", Fixture.bytes("tiny/train.pth"))
    let original = try Checkpoint(contentsOf: path)
    try original.write(safetensors: path, replacing: true)
    let copy = try Checkpoint(contentsOf: path)
    #expect(copy.format == .safetensors)
    try TorchFixtureTests.expectEqual(copy.tensors, original.tensors)
  }
}
