import Foundation
import RepVGG
import TestSupport
import Testing

/// Graphs of fifteen families: merged without names, compared with PyTorch in Float64.
@Suite struct GraphFixtureTests {
  private static func network(_ name: String) throws -> Network {
    try Network(onnx: Fixture.path("universe/\(name)"))
  }

  private static func folder(_ name: String) -> String {
    String(name.split(separator: "/")[0])
  }

  /// The convolutions of upstream's own deployed graph.
  private static func deployedConvolutions(_ name: String) throws -> Int {
    let deployed = try #require(
      ONNXFixtureTests.names.first { $0.hasPrefix("\(folder(name))/deploy") })
    return try network(deployed).graphCounts().convolutions
  }

  /// A stored array; nil if there is none.
  private static func array(_ path: String) throws -> ReferenceTensor? {
    let path = Fixture.path("universe/\(path)")
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try ReferenceTensor(NPYArray(contentsOf: path).tensor)
  }

  /// Upstream's DBB pads by assignments, which are exported as ScatterND: its branches stay.
  private static let unmergeable = "dbb-vgg/train_static_dynamo_op18.onnx"

  @Test(arguments: ONNXFixtureTests.names)
  func everyBlockBecomesOneConvolution(_ name: String) throws {
    let merged = try Self.network(name).mergingRegions().network
    let expected = try Self.deployedConvolutions(name)
    let count = try merged.graphCounts().convolutions
    if name == Self.unmergeable { #expect(count > expected) } else { #expect(count == expected) }
  }

  /// The graph as it is to rounding in Float64, and merged, written and read again.
  @Test(arguments: ONNXFixtureTests.names)
  func graphsComputeWhatPyTorchComputed(_ name: String) throws {
    let folder = Self.folder(name)
    let network = try Self.network(name)
    let file = try TemporaryFolder()
    let path = file.path("merged.onnx")
    try network.mergingRegions().network.write(onnx: path)
    let merged = try Network(onnx: path)
    #expect(try merged.mergingRegions().network.graphCounts() == merged.graphCounts())
    var compared = 0
    for suffix in ["", "_odd"] {
      let input = try #require(try Self.array("\(folder)/input\(suffix).npy"))
      let names = network.inputNames
      #expect(names.count == 1 && merged.inputNames == names)
      guard case .input(let type) = network.nodes[0].operation, type.accepts(input.shape) else {
        continue
      }
      let exact = try ReferenceGraph(network).outputs([names[0]: input])
      let written = try ReferenceGraph(merged).outputs([names[0]: input])
      for output in network.outputs {
        let stored =
          try Self.array("\(folder)/\(output.name)\(suffix)_f64.npy")
          ?? Self.array("\(folder)/output\(suffix)_f64.npy")
        let expected = try #require(stored, "\(output.name)\(suffix)")
        for (result, tolerance) in [(exact, Self.exactness(name)), (written, 3e-5)] {
          let value = try #require(result[output.name])
          #expect(value.shape == expected.shape)
          let difference = try #require(
            GraphComparison.Difference(output.name, value, expected))
          #expect(difference.relativeMaximum <= tolerance, "\(output.name)\(suffix)")
        }
        compared += 1
      }
    }
    #expect(compared > 0)
  }

  /// Exporters round what they fold to Float32; raw graphs hold PyTorch's own weights.
  private static func exactness(_ name: String) -> Double {
    name.contains("_raw") || name.contains("noopt") ? 2e-7 : 3e-5
  }
}
