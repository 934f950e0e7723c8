import RepVGG
import TestSupport
import Testing

/// Networks that no architecture of the catalogue builds: nodes in any order that is one, several
/// outputs, residual additions, several readers of a value.
@Suite struct NetworkGraphTests {
  /// A residual block whose input is read three times, an activation that is an output as well, a
  /// gate on a sum, vectors that are added, an output before the first in the order of execution.
  private static func residual() -> Network {
    var graph = TestGraph()
    let images = graph.add("input", .input(channels: 3))
    let stem = graph.region("stem", 3, 24, 3, stride: 2, images)
    let active = graph.add("stem relu", .activation(.relu), stem)
    graph.output("stem", active)
    let first = graph.region("first", 24, 40, 3, active)
    let firstActive = graph.add("first relu", .activation(.relu), first)
    let second = graph.region("second", 40, 24, 1, firstActive)
    let sum = graph.add("sum", .add, second, active)
    let mean = graph.add("mean", .globalMean, sum)
    let excite = graph.dense("excite", 24, 24, mean)
    let sigmoid = graph.add("sigmoid", .activation(.sigmoid), excite)
    let gated = graph.add("gate", .gate, sum, sigmoid)
    let last = graph.region("last", 24, 24, 3, gated)
    let total = graph.add("total", .add, last, gated, active)
    let totalActive = graph.add("total relu", .activation(.relu), total)
    let pooled = graph.add("pooled", .globalMean, totalActive)
    let left = graph.dense("left", 24, 7, pooled)
    let right = graph.dense("right", 24, 7, pooled)
    let both = graph.add("both", .add, left, right)
    graph.output("map", total)
    graph.outputs.insert(Network.Output(name: "scores", node: Network.NodeID(both)), at: 0)
    graph.output("left", left)
    // What nothing needs is not computed.
    _ = graph.region("unused", 24, 5, 3, totalActive)
    return graph.network()
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 2), (8, 2)], [false, true])
  func everyFormComputesTheGraph(_ shape: (batch: Int, threads: Int), _ collects: Bool) throws {
    let network = Self.residual()
    let input = try InputShape(batch: shape.batch, height: 29, width: 34)
    let images = sampleImages(input)
    let expected = try ReferenceNetwork(network).outputs(images, input: input)
    for form in Form.allCases {
      for algorithm in [Algorithm.auto, .direct, .im2col] {
        let plan = try Plan(
          network, input: input,
          options: PlanOptions(
            form: form, threadCount: shape.threads, collectsFeatures: collects,
            algorithm: algorithm))
        #expect(plan.outputCount == 7)
        #expect(plan.features.map(\.name) == (collects ? ["stem", "map", "left"] : []))
        let session = try plan.makeSession()
        let scores = try session.run(images)
        #expect(relativeL2(scores, expected.logits.map(Float.init)) <= 1e-5, "\(form) \(algorithm)")
        for feature in plan.features {
          let values = try session.feature(feature.name)
          let reference = try #require(expected.features[feature.name])
          #expect(feature.shape.reduce(1, *) == values.count && values.count == reference.count)
          #expect(relativeL2(values, reference.map(Float.init)) <= 1e-5, "\(form) \(feature.name)")
        }
        #expect(try session.run(images) == scores, "the same bits twice")
        #expect(!plan.stepDescriptions.contains { $0.name.hasPrefix("unused") })
      }
    }
    let merged = try network.reparameterized()
    #expect(merged.isMerged && !network.isMerged)
    #expect(merged.structure == network.structure)
    let plain = try Plan(network, input: input).makeSession().run(images)
    #expect(try Plan(merged, input: input).makeSession().run(images) == plain)
  }

  @Test func anImageCanBeTheFirstOutput() throws {
    var network = Self.residual()
    network.outputs = network.outputs.filter { $0.name == "map" }
    let input = try InputShape(batch: 2, height: 29, width: 34)
    let images = sampleImages(input)
    let plan = try Plan(network, input: input)
    #expect(plan.outputCount == 24 * 15 * 17 && plan.classCount == 0)
    let expected = try ReferenceNetwork(network).logits(images, input: input)
    #expect(
      relativeL2(try plan.makeSession().run(images), expected.map(Float.init)) <= 1e-5)
  }

  /// Convolutions add what an addition would; branches as trained stay as they are.
  @Test func sumsAndActivationsAreFused() throws {
    let network = Network(SessionTests.architecture, seed: 3)
    let input = try InputShape(height: 32, width: 32)
    func steps(_ form: Form) throws -> [String] {
      try Plan(network, input: input, options: PlanOptions(form: form)).stepDescriptions
        .map(\.name).filter { $0.hasPrefix("stage2.1") && !$0.contains("gate") }
    }
    #expect(try steps(.plain) == ["stage2.1 conv3x3"])
    #expect(try steps(.folded) == ["stage2.1 conv3x3", "stage2.1 conv1x1"])
    #expect(
      try steps(.branched) == [
        "stage2.1 conv3x3", "stage2.1 batchnorm", "stage2.1 conv1x1", "stage2.1 batchnorm 2",
        "stage2.1 add", "stage2.1 batchnorm 3", "stage2.1 add 2",
      ])
  }

  /// Images whose channels are not padded for convolutions are for everything else.
  @Test(arguments: [1, 3, 20]) func everyOperationCanReadTheImages(_ channels: Int) throws {
    var graph = TestGraph()
    let images = graph.add("input", .input(channels: channels))
    let norm = graph.add("norm", .linear(graph.random.norm(channels)), images)
    let region = graph.region("region", channels, channels, 3, images)
    let sum = graph.add("sum", .add, region, images)
    let mean = graph.add("mean", .globalMean, images)
    let gated = graph.add("gate", .gate, images, mean)
    let relu = graph.add("relu", .activation(.relu), images)
    let total = graph.add("total", .add, sum, gated, relu, norm)
    graph.output("total", total)
    graph.output("mean", mean)
    graph.output("images", images)
    let network = graph.network()
    let input = try InputShape(batch: 4, channels: channels, height: 9, width: 14)
    let values = sampleImages(input)
    let expected = try ReferenceNetwork(network).outputs(values, input: input)
    for form in Form.allCases {
      let plan = try Plan(
        network, input: input,
        options: PlanOptions(form: form, threadCount: 2, collectsFeatures: true))
      let session = try plan.makeSession()
      let first = try session.run(values)
      #expect(relativeL2(first, expected.logits.map(Float.init)) <= 1e-5, "\(form)")
      #expect(try session.feature("images") == values)
      for _ in 0..<2 { #expect(try session.run(values) == first) }
    }
  }

  /// After a convolution, on a value that others read, and after a dense layer.
  @Test(
    arguments: [
      Network.Activation.relu, .sigmoid, .silu, .clip(minimum: -1, maximum: 2),
      .leakyReLU(slope: 0.1), .hardSigmoid(slope: 0.2, offset: 0.5), .hardSwish, .gelu,
    ])
  func everyActivationIsComputed(_ activation: Network.Activation) throws {
    var graph = TestGraph()
    let images = graph.add("input", .input(channels: 3))
    let region = graph.region("region", 3, 20, 3, images)
    let first = graph.add("first", .activation(activation), region)
    let second = graph.region("second", 20, 20, 1, first)
    let both = graph.add("sum", .add, second, first)
    let last = graph.add("last", .activation(activation), both)
    let mean = graph.add("mean", .globalMean, last)
    let dense = graph.dense("dense", 20, 9, mean)
    let scores = graph.add("scores", .activation(activation), dense)
    graph.output("scores", scores)
    graph.output("map", last)
    graph.output("sum", both)
    let network = graph.network()
    let input = try InputShape(batch: 3, height: 11, width: 10)
    let images32 = sampleImages(input)
    let expected = try ReferenceNetwork(network).outputs(images32, input: input)
    for form in Form.allCases {
      let plan = try Plan(
        network, input: input,
        options: PlanOptions(form: form, threadCount: 2, collectsFeatures: true))
      let session = try plan.makeSession()
      #expect(relativeL2(try session.run(images32), expected.logits.map(Float.init)) <= 1e-5)
      for feature in plan.features {
        let reference = try #require(expected.features[feature.name])
        #expect(relativeL2(try session.feature(feature.name), reference.map(Float.init)) <= 1e-5)
      }
    }
  }

  @Test func countsAreThoseOfTheNodes() throws {
    let network = Self.residual()
    let counts = try network.counts(form: .plain, height: 29, width: 34)
    let (large, dense) = (15 * 17, 24 * 24 + 2 * 24 * 7)
    let kernels = [27 * 24, 9 * 24 * 40, 40 * 24, 9 * 24 * 24, 9 * 24 * 5]
    #expect(counts.multiplyAccumulates == kernels.reduce(0, +) * large + dense)
    #expect(counts.convolutionOutputs == (24 + 40 + 24 + 24 + 5) * large)
    #expect(
      counts.parameters
        == kernels.reduce(0, +) + 24 + 40 + 24 + 24 + 5 + dense + 24 + 7 + 7)
    #expect(
      try network.counts(form: .branched, height: 29, width: 34).parameters
        == network.parameterCount)
  }

  // MARK: - Refusals

  @Test func whatDoesNotFitIsNamed() throws {
    func refusal(_ change: (inout Network) -> Void) -> String {
      var network = Self.residual()
      change(&network)
      do throws(RepVGGError) {
        _ = try network.shapes(height: 29, width: 34)
        return "nothing"
      } catch { return "\(error)" }
    }
    func index(_ name: String) -> Int {
      Self.residual().nodes.firstIndex { $0.name == name } ?? 0
    }
    let cases: [(String, (inout Network) -> Void)] = [
      ("'sum' adds values of shapes", { $0.nodes[index("sum")].inputs[1] = .init(0) }),
      (
        "'first' reads a node that does not come before",
        { $0.nodes[index("first")].inputs = [.init(40)] }
      ),
      (
        "'first' reads a node that does not come before",
        { $0.nodes[index("first")].inputs = [.init(-1)] }
      ),
      ("two nodes have the name 'sum'", { $0.nodes[index("mean")].name = "sum" }),
      ("one input, this one has 0", { $0.nodes = [] }),
      ("'excite' cannot read", { $0.nodes[index("excite")].inputs = [.init(index("sum"))] }),
      (
        "'left' has weights of shape [7, 9]",
        {
          $0.nodes[index("left")].operation = .dense(
            Linear(
              weight: Tensor(shape: [7, 9], elements: [Float](repeating: 0, count: 63)),
              bias: nil))
        }
      ),
      ("'gate' cannot read", { $0.nodes[index("gate")].inputs.removeLast() }),
      ("at least one output", { $0.outputs = [] }),
      ("at least one output", { $0.outputs[0].node = .init(99) }),
      ("at least one output", { $0.outputs[1].name = $0.outputs[0].name }),
    ]
    for (expected, change) in cases {
      let message = refusal(change)
      #expect(message.contains(expected), "\(message)")
    }
    // A plan of such a network is refused, too; so is its text.
    var network = Self.residual()
    network.outputs[0].node = .init(99)
    let input = try InputShape(height: 29, width: 34)
    for form in Form.allCases {
      #expect(throws: RepVGGError.self) {
        try Plan(network, input: input, options: PlanOptions(form: form))
      }
    }
    #expect(network.outputCount == 0 && network.classCount == 0)
  }

  /// Kernels that are not those of RepVGG, with strides of more than 2.
  @Test func kernelsOfEverySizeRun() throws {
    for (size, stride) in [(5, 1), (3, 3), (2, 1)] {
      var graph = TestGraph()
      let images = graph.add("input", .input(channels: 3))
      let region = graph.region("wide", 3, 16, size, stride: stride, images)
      graph.output("map", region)
      let network = graph.network()
      let input = try InputShape(height: 20, width: 20)
      let expected = try ReferenceNetwork(network).logits(sampleImages(input), input: input)
      let actual = try Plan(network, input: input).makeSession().run(sampleImages(input))
      #expect(relativeL2(actual, expected.map(Float.init)) <= 1e-5)
    }
  }
}
