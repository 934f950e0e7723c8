import Foundation
import RepVGG
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  @Test func givesBackWhatItWrote() throws {
    let folder = try TemporaryFolder()
    for family in SafetensorsTests.families {
      let original = try Checkpoint(contentsOf: Fixture.path("\(family)/train.safetensors"))
      let path = folder.path("\(family).safetensors")
      try original.write(safetensors: path, metadata: ["k\"\u{1}é": "v\\\n😀"])
      let copy = try Checkpoint(contentsOf: path)
      #expect(copy.metadata == ["k\"\u{1}é": "v\\\n😀"])
      #expect(copy.tensors.keys.sorted() == original.tensors.keys.sorted())
      for (name, tensor) in original.tensors {
        let other = try #require(copy.tensors[name])
        #expect(other.shape == tensor.shape)
        #expect(other.elementType == tensor.elementType)
        #expect(try other.doubles() == tensor.doubles())
      }
    }
  }

  @Test func equalTensorsGiveEqualAlignedBytes() throws {
    let folder = try TemporaryFolder()
    let names = (0..<50).map { "tensor\($0)" }
    for order in [names, names.reversed()] {
      var tensors: [String: Tensor] = [:]
      for name in order { tensors[name] = Tensor(shape: [3], elements: [1, 2, 3]) }
      let path = folder.path("x")
      try Checkpoint(tensors: tensors).write(
        safetensors: path, metadata: ["a": "1", "b": "2", "c": "3"], replacing: true)
      try FileManager.default.copyItem(atPath: path, toPath: folder.path(order[0]))
    }
    let bytes = try Data(contentsOf: URL(filePath: folder.path("tensor0")))
    #expect(try bytes == Data(contentsOf: URL(filePath: folder.path("tensor49"))))
    let headerLength = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(headerLength % 8 == 0)
    #expect(bytes.count == 8 + headerLength + 50 * 12)
  }

  /// Elements that are computed, in a type of choice.
  struct Generator: TensorSource {
    var elementType: ElementType
    var values: [Double]
    func floats(count: Int) -> [Float] { values.map(Float.init) }
    func doubles(count: Int) -> [Double] { values }
  }

  /// Eight-bit floats are only copied, from files that hold them.
  @Test(
    arguments: ElementType.allCases.filter {
      ![.float8E4M3, .float8E5M2, .unsupported].contains($0)
    })
  func writesEveryElementType(_ type: ElementType) throws {
    let folder = try TemporaryFolder()
    let values: [Double] = type == .bool ? [0, 1, 1] : [0, 1, 100]
    let odd = Tensor(shape: [1], source: Generator(elementType: .bool, values: [1]))
    let tensor = Tensor(shape: [3], source: Generator(elementType: type, values: values))
    try Checkpoint(tensors: ["a-odd": odd, "t": tensor]).write(safetensors: folder.path("x"))
    let copy = try #require(try Checkpoint(contentsOf: folder.path("x")).tensors["t"])
    #expect(copy.elementType == type)
    #expect(try copy.doubles() == values)
  }

  @Test func refusesWhatItCannotHoldAndLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let cases: [(String, Tensor)] = [
      ("half", Tensor(shape: [1], source: Generator(elementType: .uint8, values: [256]))),
      ("nan", Tensor(shape: [1], source: Generator(elementType: .int64, values: [.nan]))),
      ("short", Tensor(shape: [2], source: Generator(elementType: .float32, values: [1]))),
      ("__metadata__", Tensor(shape: [1], elements: [1])),
    ]
    for (name, tensor) in cases {
      let error = #expect(throws: RepVGGError.self) {
        try Checkpoint(tensors: [name: tensor]).write(safetensors: folder.path("x"))
      }
      #expect(error?.kind == .invalidArgument)
      #expect(error?.tensor == name)
      #expect(error?.file == folder.path("x"))
      #expect(try folder.contents == [])
    }
  }
}
