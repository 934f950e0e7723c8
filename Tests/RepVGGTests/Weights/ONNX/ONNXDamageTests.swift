import RepVGG
import TestSupport
import Testing

/// Damaged files are refused, or read to the last element.
@Suite struct ONNXDamageTests {
  /// Reads everything; true if that was possible.
  static func isReadable(_ bytes: [UInt8]) -> Bool {
    do throws(RepVGGError) {
      for tensor in try tensors(of: bytes) {
        let count = try tensor.floats().count
        #expect(count == tensor.count)
      }
      return true
    } catch {
      #expect([.badData, .unsupported, .missingInput].contains(error.kind), "\(error)")
      #expect(error.file?.isEmpty == false)
      #expect(!error.reason.isEmpty)
      return false
    }
  }

  private static func tensors(of bytes: [UInt8]) throws(RepVGGError) -> [Tensor] {
    let graph = try ONNXBytes.read(bytes).graph
    let constants = graph.nodes.flatMap(\.attributes).compactMap { attribute -> Tensor? in
      if case .tensor(let tensor) = attribute.value { tensor } else { nil }
    }
    return graph.initializers + constants
  }

  /// A small file with every kind of part.
  static func sample() throws -> [UInt8] {
    let folder = try TemporaryFolder()
    var model = try ONNXWriterTests.sample()
    model.graph.initializers.removeAll { $0.count > 100 }
    try ONNXWriter.write(model, to: folder.path("a.onnx"), replacing: false)
    return try Array(folder.bytes("a.onnx"))
  }

  @Test func refusesASmallFileThatIsCutAnywhere() throws {
    let whole = try Self.sample()
    #expect(Self.isReadable(whole))
    var readable = 0
    for count in 1..<whole.count where Self.isReadable(Array(whole[..<count])) { readable += 1 }
    // Without the operators' versions or the last metadata it is still a model.
    #expect(readable <= 4)
  }

  @Test(arguments: ONNXFixtureTests.names)
  func refusesOrReadsEveryFileThatIsCut(_ name: String) throws {
    let whole = try Fixture.bytes("universe/\(name)")
    var readable = 0
    for count in stride(from: 64, to: whole.count, by: 64)
    where Self.isReadable(Array(whole[..<count])) {
      readable += 1
    }
    // Only what comes after the graph may be missing.
    #expect(readable < 8)
  }

  @Test func readsOrRefusesChangedBytes() throws {
    var generator = SeededGenerator(seed: 14)
    let whole = try Self.sample()
    var refused = 0
    for round in 0..<20_000 {
      var bytes = whole
      for _ in 0...round % 3 {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch round % 4 {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.remove(at: position)
        default:
          bytes.replaceSubrange(
            position..<position, with: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
        }
      }
      if !Self.isReadable(bytes) { refused += 1 }
    }
    #expect(refused > 10_000)
  }
}
