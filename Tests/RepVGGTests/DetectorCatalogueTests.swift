import RepVGG
import TestSupport
import Testing

/// YOLOv6 and the feature networks of the catalogue, in Float64.
@Suite struct DetectorCatalogueTests {
  private static func network(_ name: String) throws -> Network {
    Network(try #require(Architecture.named(name)), seed: 5)
  }

  /// Whether forms differ by no more than rounding.
  private static func expectSameForms(_ network: Network, height: Int, width: Int) throws {
    let inputs = try CatalogueGraph.inputs(height: height, width: width)
    for other in [
      try network.written(in: .branched), try network.written(in: .folded),
      try network.reparameterized(),
    ] {
      let comparison = try GraphComparison(other, against: network, inputs: inputs)
      #expect(comparison.outputs.map(\.name) == network.outputs.map(\.name))
      for output in comparison.outputs { #expect(output.relativeL2 < 2e-6, "\(output.name)") }
    }
  }

  /// The weights of a fixture in a network of its widths: outputs are those of PyTorch.
  private static func expectAgreement(
    _ architecture: Architecture, _ folder: String, outputs: [String: String]
  ) throws {
    let path = Fixture.path("universe/\(folder)")
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in try Checkpoint(contentsOf: "\(path)/train.pth").tensors {
      tensors[name.hasPrefix("model.") ? String(name.dropFirst(6)) : name] = tensor
    }
    let network = try Network(architecture, tensors: tensors)
    for suffix in ["", "_odd"] {
      let input = try ReferenceTensor(NPYArray(contentsOf: "\(path)/input\(suffix).npy").tensor)
      let results = try ReferenceGraph(network).outputs(["input": input])
      for (name, file) in outputs {
        let stored = try ReferenceTensor(
          NPYArray(contentsOf: "\(path)/\(file)\(suffix)_f64.npy").tensor)
        let result = try #require(results[name])
        #expect(result.shape == stored.shape)
        let difference = try #require(GraphComparison.Difference(name, result, stored))
        #expect(difference.relativeMaximum < 1e-11, "\(name)\(suffix)")
      }
    }
    var incomplete = tensors
    incomplete["backbone.\(folder.hasPrefix("yolo") ? "stem" : "stage0").rbr_1x1.bn.bias"] = nil
    #expect(throws: RepVGGError.self) { try Network(architecture, tensors: incomplete) }
  }

  @Test func theDetectorIsThePublishedOne() throws {
    try Self.expectAgreement(
      Architecture(
        YOLOv6Design(
          backboneChannels: [8, 8, 8, 8, 8], neckChannels: [8, 8, 8, 8, 8],
          backboneRepeats: [2, 2, 2, 1], neckRepeats: 1), name: "tiny", classCount: 3),
      "yolov6n-tiny", outputs: ["outputs": "output"])
  }

  /// Exact counts, which are the release's rounded ones, 4.7 M and 18.5 M.
  ///
  /// Upstream's files hold 34 more values, the constants of a loss that inference does not use. The
  /// release's 11.4 and 45.3 GFLOPs are a multiplication and an addition each, and count a little more
  /// than convolutions.
  @Test(
    arguments: [
      (name: "YOLOv6-N", branched: 5_058_236, plain: 4_646_940, gigaflops: 11.4),
      (name: "YOLOv6-S", branched: 20_147_324, plain: 18_537_276, gigaflops: 45.3),
    ])
  func countsAreThoseOfTheRelease(
    _ row: (name: String, branched: Int, plain: Int, gigaflops: Double)
  ) throws {
    let architecture = try #require(Architecture.named(row.name))
    let branched = try architecture.counts(form: .branched, height: 640, width: 640)
    let plain = try architecture.counts(form: .plain, height: 640, width: 640)
    #expect(branched.parameters == row.branched)
    #expect(plain.parameters == row.plain)
    let gigaflops = 2e-9 * Double(plain.multiplyAccumulates)
    #expect(gigaflops <= row.gigaflops && gigaflops >= 0.99 * row.gigaflops)
  }

  @Test func placesFollowTheInput() throws {
    for (height, width) in [(640, 640), (416, 672), (64, 96)] {
      let network = try Self.network("yolov6n")
      let facts = try network.facts(height: height, width: width)
      let places = [8, 16, 32].reduce(0) { $0 + height / $1 * (width / $1) }
      #expect(network.outputs.map(\.name) == ["outputs"])
      #expect(facts[network.outputs[0].node.index].shape == [1, places, 85])
    }
  }

  @Test func formsOfTheDetectorAreTheSameFunction() throws {
    try Self.expectSameForms(Self.network("yolov6n"), height: 32, width: 32)
  }

  @Test func thePyramidHasFiveLevels() throws {
    let network = try Self.network("a0-fpn")
    let facts = try network.facts(height: 320, width: 200)
    #expect(network.outputs.map(\.name) == ["p3", "p4", "p5", "p6", "p7"])
    #expect(
      network.outputs.map { facts[$0.node.index].shape } == [
        [1, 256, 40, 25], [1, 256, 20, 13], [1, 256, 10, 7], [1, 256, 5, 4], [1, 256, 3, 2],
      ])
    try Self.expectSameForms(network, height: 33, width: 18)
  }

  @Test func theSegmenterGivesScoresForEachPixel() throws {
    let network = try Self.network("a0-seg")
    let facts = try network.facts(height: 50, width: 33)
    #expect(network.outputs.map(\.name) == ["scores", "auxiliary"])
    #expect(
      network.outputs.map { facts[$0.node.index].shape } == [[1, 19, 50, 33], [1, 19, 4, 3]])
    try Self.expectSameForms(network, height: 33, width: 18)
  }

  @Test func theSegmenterIsThatOfTheFixture() throws {
    let stages = RepVGGDesign(blockCounts: [1, 1, 2, 1, 1], channels: [8, 8, 16, 16, 32])
    try Self.expectAgreement(
      Architecture(
        FeaturePyramid(backbone: stages, channels: 8), name: "tiny", classCount: 4),
      "repvgg-fpn-seg", outputs: ["scores": "output0", "auxiliary": "output1"])
  }
}
