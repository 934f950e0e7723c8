import RepVGG
import TestSupport
import Testing

/// Regions of every operator in every form: as nodes, in counts, and where they cannot run.
@Suite struct RegionFormsTests {
  /// A network of one region.
  private static func network(_ region: LinearExpression, channels: Int) -> Network {
    Network(
      nodes: [
        .init(name: "input", operation: .input(channels: channels), inputs: []),
        .init(name: "region", operation: .linear(region), inputs: [Network.NodeID(0)]),
      ], outputs: [.init(name: "map", node: Network.NodeID(1))],
      origin: Network.Origin(family: .official, architecture: "region"))
  }

  @Test(arguments: 0..<60) func everyFormIsTheSameFunction(_ seed: Int) throws {
    var random = RandomExpressions(seed: UInt64(seed))
    random.concatenates = false
    let (region, channels) = random.expression()
    let network = Self.network(region, channels: channels)
    let input = try InputShape(channels: channels, height: 17, width: 14)
    let images = sampleImages(input)
    let expected = try ReferenceNetwork(network).logits(images, input: input)
    for form in Form.allCases {
      let written = try network.written(in: form)
      let actual = try ReferenceNetwork(written).logits(images, input: input)
      expect(actual, expected, "\(form)", tolerance: 1e-12)
      guard form == .branched else { continue }
      for node in written.nodes {
        guard case .linear(let expression) = node.operation else { continue }
        #expect(expression.children.isEmpty, "\(node.name) is several operators")
        if case .padWithImageOfZero = expression { Issue.record("\(node.name) needs its sequence") }
      }
    }
    let merged = try network.reparameterized()
    #expect(
      merged.isMerged
        || region.operators.allSatisfy { $0.linearOperator is any ChannelwiseOperator })
    let actual = try ReferenceNetwork(merged).logits(images, input: input)
    // Rounded to Float32, twice where the tests' images are.
    expect(actual, expected, "merged", tolerance: 1e-5)
    #expect(
      try merged.counts(form: .plain, height: 17, width: 14)
        == network.counts(form: .plain, height: 17, width: 14))
  }

  @Test func operatorsAreCountedAtTheirOwnSize() throws {
    var random = RandomTensors(seed: 1)
    let norm = BatchNorm(
      gamma: nil, beta: nil, mean: random.tensor([6]),
      variance: random.tensor([6], from: 1, to: 2))
    let region = LinearExpression.sequence([
      .sum([
        .convolution(
          Convolution(
            kernel: random.tensor([6, 2, 1, 3]), bias: random.tensor([6]),
            stride: Size2D(height: 2, width: 1), padding: Padding(vertical: 0, horizontal: 1),
            groups: 2)),
        .sequence([
          .pad(Padding(top: 0, left: 0, bottom: 1, right: 0)),
          random.convolution(6, 4, 1, 1, 1),
          .averagePool(
            AveragePool(size: Size2D(height: 2, width: 1), stride: Size2D(height: 2, width: 1))),
        ]),
      ]), .batchNorm(norm), .scale(random.tensor([1])), .shift(random.tensor([6])),
    ])
    let network = Self.network(region, channels: 4)
    let branched = try network.counts(form: .branched, height: 9, width: 10)
    // 6x2x1x3 kernel on 5x10 pixels, 6x4 kernel on 10x10 pixels.
    #expect(branched.multiplyAccumulates == 36 * 50 + 24 * 100)
    #expect(branched.convolutionOutputs == 6 * 50 + 6 * 100)
    #expect(branched.parameters == 36 + 6 + 24 + 1 + 6)
    #expect(branched.buffers == 12 + 1)
    let plain = try network.counts(form: .plain, height: 9, width: 10)
    #expect(plain.parameters == 6 * 4 * 2 * 3 + 6)
    #expect(plain.multiplyAccumulates == 144 * 50)
    let folded = try network.counts(form: .folded, height: 9, width: 10)
    #expect(folded.multiplyAccumulates == (36 + 6 * 4 * 2) * 50)
    #expect(folded.parameters == 36 + 48 + 6)
  }

  /// Convolutions of any geometry, and what else is one, by every algorithm.
  @Test func regionsOfEveryGeometryRun() throws {
    var random = RandomTensors(seed: 2)
    func convolution(
      _ height: Int, _ width: Int, stride: Size2D = 1, padding: Padding, dilation: Size2D = 1
    ) -> LinearExpression {
      .convolution(
        Convolution(
          kernel: random.tensor([4, 4, height, width]), bias: random.tensor([4]), stride: stride,
          padding: padding, dilation: dilation))
    }
    let regions: [LinearExpression] = [
      convolution(1, 3, padding: Padding(vertical: 0, horizontal: 1)),
      convolution(3, 3, padding: 0),
      convolution(3, 3, padding: Padding(top: 1, left: 1, bottom: 1, right: 0)),
      convolution(3, 3, padding: Padding(top: 2, left: 1, bottom: 0, right: 1)),
      convolution(3, 3, stride: Size2D(height: 2, width: 1), padding: 1),
      convolution(3, 3, padding: 2, dilation: 2), convolution(1, 1, padding: 1),
      convolution(1, 1, padding: -1), .pad(1), .pad(-1), .padWithImageOfZero(1),
      .averagePool(AveragePool(size: 2, stride: 2)),
      // A kernel of one pixel has no dilation, and an average is a convolution.
      convolution(1, 1, padding: 0, dilation: 5), convolution(3, 3, stride: 2, padding: 1),
      .averagePool(AveragePool(size: 3, stride: 1, padding: 1)),
      .sequence([convolution(3, 3, padding: 2), .pad(-1), .shift(random.tensor([1]))]),
    ]
    let input = try InputShape(channels: 4, height: 9, width: 8)
    let images = sampleImages(input)
    for region in regions {
      let network = Self.network(region, channels: 4)
      let expected = try ReferenceNetwork(network).logits(images, input: input)
      for algorithm in Algorithm.allCases {
        let plan = try Plan(network, input: input, options: PlanOptions(algorithm: algorithm))
        let actual = try plan.makeSession().run(images)
        #expect(relativeL2(actual, expected.map(Float.init)) <= 1e-5, "\(region) \(algorithm)")
      }
    }
  }
}
