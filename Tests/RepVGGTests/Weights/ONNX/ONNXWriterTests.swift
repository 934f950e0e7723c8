import Foundation
import RepVGG
import TestSupport
import Testing

@Suite struct ONNXWriterTests {
  static func read(_ path: String) throws -> ONNXModel {
    try ONNXReader.read(InputFile(path: path))
  }

  @Test(arguments: ONNXFixtureTests.names) func writesWhatItReads(_ name: String) throws {
    let folder = try TemporaryFolder()
    let model = try ONNXFixtureTests.model(name)
    try ONNXWriter.write(model, to: folder.path("a.onnx"), replacing: false)
    let again = try Self.read(folder.path("a.onnx"))
    #expect(try model.difference(to: again) == nil)
    try ONNXWriter.write(again, to: folder.path("b.onnx"), replacing: false)
    #expect(try folder.bytes("a.onnx") == folder.bytes("b.onnx"))
    #expect(try folder.contents == ["a.onnx", "b.onnx"])
  }

  /// A model with everything that can be written.
  static func sample() throws -> ONNXModel {
    let integers = Tensor(
      ReferenceTensor(shape: [2], integers: [.max, .min]), name: "integers")
    let large = Tensor(
      ReferenceTensor(shape: [3, 1000], (0..<3000).map { Double($0) / 7 }), name: "large")
    let bools = Tensor(
      ReferenceTensor(shape: [3], integers: [1, 0, 1], elementType: .bool), name: "bools")
    let small = Tensor(ReferenceTensor(shape: [], [1.5], elementType: .float16), name: "small")
    let brain = Tensor(
      ReferenceTensor(shape: [1500], [Double](repeating: -2, count: 1500), elementType: .bfloat16),
      name: "brain")
    let empty = Tensor(ReferenceTensor(shape: [0, 4], []), name: "empty")
    let node = ONNXNode(
      name: "n", type: "Op", domain: "own", inputs: ["x", "", "large"], outputs: ["y"],
      attributes: [
        ONNXAttribute("f", .float(-0.0)), ONNXAttribute("i", .int(.min)),
        ONNXAttribute("s", .string("")), ONNXAttribute("t", .tensor(integers)),
        ONNXAttribute("fs", .floats([1, .nan])), ONNXAttribute("is", .ints([])),
        ONNXAttribute("ss", .strings(["a", "ü"])),
      ])
    return ONNXModel(
      irVersion: 9, producer: "p", producerVersion: "1",
      opsets: [ONNXOpset(version: 20), ONNXOpset(domain: "own", version: 1)],
      graph: ONNXGraph(
        name: "g", nodes: [node], initializers: [integers, large, bools, small, brain, empty],
        inputs: [
          ONNXValue(
            name: "x", elementType: .float32,
            dimensions: [.symbol("batch"), .fixed(3), .unknown]),
          ONNXValue(name: "z", elementType: .bool, dimensions: []),
        ],
        outputs: [ONNXValue(name: "y", elementType: .float64, dimensions: nil)]),
      metadata: [ONNXMetadata(key: "k", value: "v"), ONNXMetadata(key: "", value: "")])
  }

  @Test func writesEveryKindOfValue() throws {
    let folder = try TemporaryFolder()
    let model = try Self.sample()
    try ONNXWriter.write(model, to: folder.path("a.onnx"), replacing: false)
    let again = try Self.read(folder.path("a.onnx"))
    #expect(try model.difference(to: again) == nil)
    // What compares them finds a difference.
    var other = model
    other.graph.initializers[0] = Tensor(
      ReferenceTensor(shape: [2], integers: [.max, .min + 1]), name: "integers")
    #expect(try other.difference(to: again) == "initializer integers")
  }

  @Test func putsLargeTensorsIntoASecondFileBeyondTheLimit() throws {
    let folder = try TemporaryFolder()
    let model = try Self.sample()
    try ONNXWriter.write(model, to: folder.path("m.onnx"), replacing: false, byteLimit: 4000)
    #expect(try folder.contents == ["m.onnx", "m.onnx.data"])
    // 12,000 bytes of the large one, up to a multiple of 64, then 3,000.
    #expect(try folder.bytes("m.onnx.data").count == 12_032 + 3_000)
    #expect(try folder.bytes("m.onnx").count < 4000)
    #expect(try model.difference(to: Self.read(folder.path("m.onnx"))) == nil)
    // Together they can be moved and copied: the model's own elements come from the second file.
    try ONNXWriter.write(
      Self.read(folder.path("m.onnx")), to: folder.path("n.onnx"), replacing: false)
    #expect(try model.difference(to: Self.read(folder.path("n.onnx"))) == nil)
    try ONNXWriter.write(
      Self.read(folder.path("m.onnx")), to: folder.path("m.onnx"), replacing: true, byteLimit: 4000)
    #expect(try model.difference(to: Self.read(folder.path("m.onnx"))) == nil)
  }

  @Test func writesTensorsOfSeveralPieces() throws {
    let count = 5 << 19
    let tensor = Tensor(
      shape: [count], elements: (0..<count).map { Float($0 % 1_000_003) })
    var model = ONNXModel(opsets: [ONNXOpset(version: 17)])
    model.graph.initializers = [tensor]
    model.graph.initializers[0].name = "w"
    let folder = try TemporaryFolder()
    try ONNXWriter.write(model, to: folder.path("a.onnx"), replacing: false)
    try ONNXWriter.write(
      Self.read(folder.path("a.onnx")), to: folder.path("b.onnx"), replacing: false,
      byteLimit: 1000)
    #expect(try model.difference(to: Self.read(folder.path("b.onnx"))) == nil)
    #expect(try folder.bytes("b.onnx.data").count == 4 * count)
  }

  @Test func leavesNothingWhereItCannotWrite() throws {
    let folder = try TemporaryFolder(["old.onnx": "old", "m.onnx.data": "old"])
    let model = try Self.sample()
    func refusal(
      _ model: ONNXModel, to name: String, byteLimit: Int = ONNXWriter.byteLimit
    ) -> RepVGGError? {
      #expect(throws: RepVGGError.self) {
        try ONNXWriter.write(
          model, to: folder.path(name), replacing: false, byteLimit: byteLimit)
      }
    }
    #expect(refusal(model, to: "old.onnx")?.kind == .cannotCreate)
    #expect(refusal(model, to: "old.onnx", byteLimit: 4000)?.kind == .cannotCreate)
    #expect(refusal(model, to: "m.onnx", byteLimit: 4000)?.file == folder.path("m.onnx.data"))
    #expect(refusal(model, to: "n.onnx", byteLimit: 100)?.kind == .unsupported)
    var other = model
    other.graph.nodes[0].attributes.append(ONNXAttribute("body", .other))
    #expect(
      refusal(other, to: "n.onnx")?.reason
        == "node 0 'n': attribute 'body': a subgraph, or a value of a kind that is not read, cannot"
        + " be written")
    var values = model
    values.graph.outputs[0].elementType = .unsupported
    #expect(refusal(values, to: "n.onnx")?.reason.contains("'y'") == true)
    var tensors = model
    tensors.graph.initializers.append(
      Tensor(ReferenceTensor(shape: [1], integers: [300], elementType: .int8), name: "wide"))
    #expect(refusal(tensors, to: "n.onnx")?.tensor == "wide")
    #expect(refusal(tensors, to: "n.onnx", byteLimit: 4000)?.tensor == "wide")
    #expect(try folder.contents == ["m.onnx.data", "old.onnx"])
    #expect(try folder.bytes("m.onnx.data") == Data("old".utf8))
  }

  @Test func knowsTheFormatOfEveryOperatorSet() {
    #expect([7, 13, 17, 18].map(ONNXModel.irVersion) == [8, 8, 8, 8])
    #expect([19, 20, 21, 22, 23].map(ONNXModel.irVersion) == [9, 9, 10, 10, 11])
  }
}
