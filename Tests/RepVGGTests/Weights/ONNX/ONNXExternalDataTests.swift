import Foundation
import RepVGG
import TestSupport
import Testing

/// Elements in files beside the model.
@Suite struct ONNXExternalDataTests {
  /// A model with a tensor of two Float32 in another file.
  static func model(_ entries: [(String, String)]) -> [UInt8] {
    WireBuilder.model(initializer: { tensor in
      ONNXTensorTests.begin(&tensor, 1, [2])
      for (key, value) in entries {
        tensor.message(13) { entry in
          entry.text(1, key)
          entry.text(2, value)
        }
      }
      tensor.integer(14, 1)
    })
  }

  static func tensor(_ path: String) throws(RepVGGError) -> Tensor? {
    try ONNXReader.read(InputFile(path: path)).graph.initializers.first
  }

  private static let two: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]

  @Test func readsARangeOfAFile() throws {
    let folder = try TemporaryFolder()
    try folder.file("sub/w.bin", [9, 9, 9] + Self.two)
    let path = try folder.file(
      "m.onnx",
      Self.model([
        ("location", "./sub/w.bin"), ("offset", "3"), ("length", "8"), ("checksum", "x"),
      ]))
    let tensor = try #require(try Self.tensor(path))
    #expect(try tensor.floats() == [1, -2])
  }

  @Test func readsAFileOfTheTensorAlone() throws {
    let folder = try TemporaryFolder()
    try folder.file("w", Self.two)
    let path = try folder.file("m.onnx", Self.model([("location", "w")]))
    #expect(try Self.tensor(path)?.floats() == [1, -2])
  }

  @Test func readsThroughLinksToOneFolder() throws {
    // As Hugging Face's cache has them.
    let folder = try TemporaryFolder()
    try folder.file("blobs/1", Self.model([("location", "m.data")]))
    try folder.file("blobs/2", Self.two)
    try folder.file("snapshot/other", [])
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: folder.path("snapshot/m.onnx"), withDestinationPath: "../blobs/1")
    try manager.createSymbolicLink(
      atPath: folder.path("snapshot/m.data"), withDestinationPath: "../blobs/2")
    #expect(try Self.tensor(folder.path("snapshot/m.onnx"))?.floats() == [1, -2])
  }

  @Test(arguments: [
    "../w", "sub/../../w", "sub/..", "..", "/etc/passwd", "/", "out", "outside/w", "sub/out",
  ])
  func refusesWhatIsNotInTheFolder(_ location: String) throws {
    let folder = try TemporaryFolder()
    try folder.file("w", Self.two)
    try folder.file("models-too/w", Self.two)
    try folder.file("models/sub/inner", Self.two)
    for (link, target) in [("out", "../w"), ("outside", "../models-too"), ("sub/out", "../../w")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("models/\(link)"), withDestinationPath: target)
    }
    let path = try folder.file("models/m.onnx", Self.model([("location", location)]))
    let error = #expect(throws: RepVGGError.self) { try Self.tensor(path) }
    #expect(error?.kind == .badData)
    #expect(error?.file == path)
    #expect(error?.tensor == "w")
    #expect(error?.reason.contains("folder") == true)
  }

  @Test func refusesWhatIsNotARegularFile() throws {
    let folder = try TemporaryFolder()
    try folder.file("sub/inner", Self.two)
    let pipe = folder.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    for location in ["sub", "pipe", "missing", "."] {
      let path = try folder.file("m.onnx", Self.model([("location", location)]))
      let error = #expect(throws: RepVGGError.self) { try Self.tensor(path) }
      #expect(error?.kind == .missingInput, "\(location): \(String(describing: error))")
      #expect(error?.tensor == "w")
      #expect(error?.reason.hasSuffix("copy it to the model's folder") == true)
    }
  }

  @Test(arguments: [
    [], [("location", "")], [("location", "w"), ("offset", "1")],
    [("location", "w"), ("offset", "-1")],
    [("location", "w"), ("offset", "9223372036854775807")],
    [("location", "w"), ("offset", "18446744073709551616")],
    [("location", "w"), ("offset", "x")], [("location", "w"), ("length", "4")],
    [("location", "w"), ("length", "9")], [("location", "w\0")],
  ])
  func refusesWrongRanges(_ entries: [(String, String)]) throws {
    let folder = try TemporaryFolder()
    try folder.file("w", Self.two)
    let path = try folder.file("m.onnx", Self.model(entries))
    let error = #expect(throws: RepVGGError.self) { try Self.tensor(path) }
    #expect(error?.kind == .badData)
    #expect(error?.tensor == "w")
    #expect(error?.file?.hasPrefix(folder.path) == true)
  }

  @Test func refusesAFileThatManyTensorsRepeat() throws {
    let folder = try TemporaryFolder()
    try folder.file("w", [UInt8](repeating: 1, count: 1 << 20))
    let bytes = WireBuilder.model(graph: { graph in
      for index in 0..<10 {
        graph.message(5) { tensor in
          tensor.text(8, "w\(index)")
          tensor.integer(1, 1 << 20)
          tensor.integer(2, 2)
          tensor.message(13) { entry in
            entry.text(1, "location")
            entry.text(2, "w")
          }
          tensor.integer(14, 1)
        }
      }
    })
    let path = try folder.file("m.onnx", bytes)
    let error = #expect(throws: RepVGGError.self) { try Self.tensor(path) }
    #expect(error?.kind == .unsupported)
    #expect(error?.tensor == "w5")
  }
}
