import Foundation
import RepVGG
import TestSupport
import Testing

/// What the Python package onnx finds in a file, by `scripts/make-onnx-figures.py`.
struct ONNXFigures: Decodable {
  let ir: Int
  let producer: String
  let opset: Int
  let nodes: Int
  let edges: Int
  let attributes: Int
  let initializers: Int
  let metadata: Int
  let inputs: Int
  let firstInput: [String]
  let outputs: [[String]]
  let elements: Int
  let magnitude: Double
  let integers: Int64
  let floats: Double

  static let all: [String: Self] = {
    do {
      let data = try Data(contentsOf: URL(filePath: Fixture.path("universe/onnx-figures.json")))
      return try JSONDecoder().decode([String: Self].self, from: data)
    } catch {
      Issue.record("onnx-figures.json: \(error)")
      return [:]
    }
  }()
}

@Suite struct ONNXFixtureTests {
  /// The names of all ONNX files among the fixtures.
  static let names: [String] = {
    let root = Fixture.path("universe")
    let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return paths.filter { $0.hasSuffix(".onnx") }.sorted()
  }()

  static func model(_ name: String) throws(RepVGGError) -> ONNXModel {
    try ONNXReader.read(InputFile(path: Fixture.path("universe/\(name)")))
  }

  @Test func knowsTheFiguresOfEveryFile() {
    #expect(Self.names.count == 50)
    #expect(Set(Self.names) == Set(ONNXFigures.all.keys))
  }

  @Test(arguments: names) func findsWhatThePythonPackageFinds(_ name: String) throws {
    let figures = try #require(ONNXFigures.all[name])
    let model = try Self.model(name)
    let graph = model.graph
    #expect(model.irVersion == figures.ir)
    #expect(model.producer == figures.producer)
    #expect(model.opsets.first?.version == figures.opset)
    #expect(model.opsets.first?.domain == "")
    #expect(model.metadata.count == figures.metadata)
    #expect(graph.nodes.count == figures.nodes)
    #expect(graph.nodes.map { $0.inputs.count + $0.outputs.count }.reduce(0, +) == figures.edges)
    #expect(graph.initializers.count == figures.initializers)
    #expect(graph.inputs.count == figures.inputs)
    #expect(graph.inputs.first.map(Self.texts) == figures.firstInput)
    #expect(graph.outputs.map(Self.texts) == figures.outputs)
    let attributes = graph.nodes.flatMap(\.attributes)
    #expect(attributes.count == figures.attributes)
    var tensors = graph.initializers
    var integers: Int64 = 0
    var floats = 0.0
    for attribute in attributes {
      switch attribute.value {
      case .tensor(let tensor): tensors.append(tensor)
      case .int(let value) where abs(value) < 1 << 40: integers += value
      case .ints(let values): integers += values.filter { $0.magnitude < 1 << 40 }.reduce(0, +)
      case .float(let value): floats += Double(value)
      case .floats(let values): floats += values.map(Double.init).reduce(0, +)
      default: break
      }
    }
    #expect(integers == figures.integers)
    #expect(abs(floats - figures.floats) <= 1e-9 * abs(figures.floats))
    #expect(tensors.map(\.count).reduce(0, +) == figures.elements)
    let magnitude = try tensors.map { try $0.doubles().map(abs).reduce(0, +) }.reduce(0, +)
    #expect(abs(magnitude - figures.magnitude) <= 1e-9 * figures.magnitude)
  }

  private static func texts(_ value: ONNXValue) -> [String] {
    [value.name]
      + (value.dimensions ?? []).map { dimension in
        switch dimension {
        case .fixed(let size): String(size)
        case .symbol(let name): name
        case .unknown: "?"
        }
      }
  }

  @Test func readsInitializersFromASecondFile() throws {
    let name = "repvgg-timm-onnx/train_dynamo_op20_external.onnx"
    let model = try Self.model(name)
    let weight = try #require(model.graph.initializers.first { $0.count > 1000 })
    #expect(weight.elementType == .float32)
    #expect(try weight.floats().allSatisfy { $0.isFinite && $0 != 0 })
  }
}
