import Foundation
import RepVGG
import TestSupport
import Testing

/// Plans of graphs of fifteen families, compared with PyTorch in Float64.
@Suite struct GraphPlanTests {
  private static func array(_ path: String) throws -> ReferenceTensor? {
    let path = Fixture.path("universe/\(path)")
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try ReferenceTensor(NPYArray(contentsOf: path).tensor)
  }

  /// Every output of a plan, by its name.
  private static func outputs(
    _ network: Network, _ input: ReferenceTensor, _ options: PlanOptions
  ) throws -> [String: [Float]] {
    var options = options
    options.collectsFeatures = true
    let plan = try Plan(network, input: InputShape(dimensions: input.shape), options: options)
    let session = try plan.makeSession()
    let images = try #require(input.reals).map { Float($0) }
    var results = [plan.outputName: try session.run(images)]
    for feature in plan.features { results[feature.name] = try session.feature(feature.name) }
    // The same again: nothing is left of the first run.
    #expect(try session.run(images) == results[plan.outputName])
    #expect(plan.outputShape.reduce(1, *) == results[plan.outputName]?.count)
    return results
  }

  /// The largest difference of each output from what PyTorch computed in Float64, relative to the
  /// largest value.
  private static func check(
    _ results: [String: [Float]], _ network: Network, folder: String, suffix: String
  ) throws {
    for output in network.outputs {
      let stored =
        try array("\(folder)/\(output.name)\(suffix)_f64.npy")
        ?? array("\(folder)/output\(suffix)_f64.npy")
      let expected = try #require(stored?.reals, "\(output.name)\(suffix)")
      let actual = try #require(results[output.name])
      try #require(actual.count == expected.count)
      let scale = expected.map { abs($0) }.max() ?? 0
      let error = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(error <= 3e-5 * scale, "\(output.name)\(suffix)")
    }
  }

  @Test(arguments: ONNXFixtureTests.names)
  func graphsRunInEveryForm(_ name: String) throws {
    let folder = String(name.split(separator: "/")[0])
    let network = try Network(contentsOf: Fixture.path("universe/\(name)"))
    guard case .input(let type) = network.nodes[0].operation else { return }
    var count = 0
    for suffix in ["", "_odd"] {
      let input = try #require(try Self.array("\(folder)/input\(suffix).npy"))
      guard type.accepts(input.shape) else { continue }
      for form in network.isMerged ? [.plain] : Form.allCases {
        let results = try Self.outputs(network, input, PlanOptions(form: form))
        try Self.check(results, network, folder: folder, suffix: suffix)
        // Workers divide the work, not the sums.
        let parallel = try Self.outputs(
          network, input, PlanOptions(form: form, threadCount: 3, policy: .exact))
        let alone = try Self.outputs(network, input, PlanOptions(form: form, policy: .exact))
        #expect(parallel == alone)
        try Self.check(alone, network, folder: folder, suffix: suffix)
      }
      for algorithm in [Algorithm.im2col, .direct] {
        let results = try Self.outputs(
          network, input, PlanOptions(policy: .exact, algorithm: algorithm))
        try Self.check(results, network, folder: folder, suffix: suffix)
      }
      count += 1
    }
    #expect(count > 0)
  }

  /// A shape that the file does not allow is an error that says which it allows.
  @Test func anInputOfAnotherShapeIsRefused() throws {
    let network = try Network(
      contentsOf: Fixture.path("universe/yolov6n-tiny/deploy_dynamo_op18.onnx"))
    let error = #expect(throws: RepVGGError.self) {
      try Plan(network, input: InputShape(height: 32, width: 96))
    }
    #expect(error?.kind == .invalidArgument)
    #expect(error?.reason.contains("64") == true, "\(error?.reason ?? "")")
  }

  /// What is stored in an ONNX model cannot be set.
  @Test func optionsOfCheckpointsAreRefusedWithGraphs() throws {
    let path = Fixture.path("universe/mobileone-timm/deploy_op16.onnx")
    for options in [
      NetworkOptions(epsilon: 1e-3), NetworkOptions(strides: [2, 2, 2, 2, 2]),
      NetworkOptions(group: "model"),
    ] {
      let error = #expect(throws: RepVGGError.self) {
        try Network(contentsOf: path, options: options)
      }
      #expect(error?.kind == .invalidArgument && error?.file == path)
    }
  }
}
