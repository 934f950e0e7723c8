import Foundation
import RepVGG
import Testing

/// ONNX's own models of one operator on images, run by plans.
struct PlanConformanceTests {
  private static let folder = ConformanceTests.folder

  @Test(
    "Plans give the stored outputs of ONNX's test models on images, or refuse the operator",
    .enabled(
      if: FileManager.default.fileExists(atPath: folder),
      "the Debian package libonnx-testdata is not installed"))
  func conformance() throws {
    var passed = 0
    var refused: Set<String> = []
    for folder in try ConformanceTests.models() {
      guard var model = try? ONNXReader.read(InputFile(path: "\(folder)/model.onnx")),
        let inputs = try Self.inputs(of: &model, folder), let network = try? Network(model)
      else { continue }
      do {
        passed += try Self.run(network, inputs, folder)
      } catch let error as RepVGGError where error.kind == .unsupported {
        refused.insert(Self.operators(of: network))
      } catch {
        Issue.record("\(folder): \(error)")
      }
    }
    #expect(passed >= 99)
    #expect(refused.sorted() == Self.refused)
  }

  /// The operators of the models that plans do not run: dilation, statistics as outputs, cubic.
  private static let refused = ["ConvTranspose", "LayerNormalization", "Resize"]

  /// What a network consists of.
  private static func operators(of network: Network) -> String {
    let names = network.nodes.compactMap { node -> String? in
      switch node.operation {
      case .input, .constant: nil
      default: node.operation.name
      }
    }
    return Set(names).sorted().joined(separator: ", ")
  }

  /// The first input where it is images, all others become constants; nil for other models.
  private static func inputs(of model: inout ONNXModel, _ folder: String) throws -> ReferenceTensor?
  {
    let defaults = Set(model.graph.initializers.map(\.name))
    let inputs = model.graph.inputs.filter { !defaults.contains($0.name) }
    guard let first = inputs.first, first.elementType == .float32,
      inputs.allSatisfy({ $0.elementType != .unsupported })
    else { return nil }
    var tensors: [Tensor] = []
    for index in inputs.indices {
      let path = "\(folder)/test_data_set_0/input_\(index).pb"
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      var tensor = try ONNXReader.tensor(InputFile(path: path))
      tensor.name = inputs[index].name
      tensors.append(tensor)
    }
    guard tensors[0].shape.count == 4, tensors[0].count > 0 else { return nil }
    model.graph.inputs.removeAll { $0.name != first.name }
    model.graph.initializers += tensors.dropFirst()
    return try ReferenceTensor(tensors[0])
  }

  /// Runs a network and compares its outputs; 1 for one that gives the stored outputs.
  private static func run(
    _ network: Network, _ input: ReferenceTensor, _ folder: String
  ) throws -> Int {
    var options = PlanOptions()
    options.collectsFeatures = true
    let plan = try Plan(
      network, input: InputShape(dimensions: input.shape), options: options)
    let session = try plan.makeSession()
    var results = [plan.outputName: try session.run((input.reals ?? []).map { Float($0) })]
    for feature in plan.features { results[feature.name] = try session.feature(feature.name) }
    for (index, output) in network.outputs.enumerated() {
      let stored = try ReferenceTensor(
        ONNXReader.tensor(InputFile(path: "\(folder)/test_data_set_0/output_\(index).pb")))
      let expected = stored.reals ?? (stored.integers ?? []).map { Double($0) }
      let actual = try #require(results[output.name])
      try #require(actual.count == expected.count)
      let largest = expected.filter(\.isFinite).map(abs).max() ?? 0
      let isSame = zip(actual, expected).allSatisfy { actual, expected in
        Double(actual) == expected || actual.isNaN && expected.isNaN
          || abs(Double(actual) - expected) <= 1e-4 * largest + 1e-6
      }
      #expect(isSame, "\(folder) \(output.name)")
    }
    return 1
  }
}
