import RepVGG
import TestSupport
import Testing

/// MobileOne's published networks, built from a seed.
@Suite struct MobileCatalogueTests {
  /// Parameters as in the authors' code, and millions of multiplications as in the paper's table 9, which
  /// leaves out squeeze and excitation.
  static let rows: [(name: String, branched: Int, plain: Int, millions: Int)] = [
    ("MobileOne-S0", 5_293_272, 2_078_504, 275), ("MobileOne-S1", 4_825_192, 4_764_840, 825),
    ("MobileOne-S2", 7_884_648, 7_808_168, 1298), ("MobileOne-S3", 10_170_600, 10_078_312, 1896),
    ("MobileOne-S4", 14_951_248, 14_838_352, 2978),
  ]

  @Test(arguments: rows)
  func countsAreExact(_ row: (name: String, branched: Int, plain: Int, millions: Int)) throws {
    let architecture = try #require(Architecture.named(row.name))
    let branched = try architecture.counts(form: .branched, height: 224, width: 224)
    let plain = try architecture.counts(form: .plain, height: 224, width: 224)
    #expect(branched.parameters == row.branched)
    #expect(plain.parameters == row.plain)
    let network = Network(architecture, seed: 3)
    let excitations = network.blocks.compactMap(\.gate).reduce(0) {
      $0 + $1.squeeze.weight.count + $1.excite.weight.count
    }
    #expect((plain.multiplyAccumulates - excitations + 500_000) / 1_000_000 == row.millions)
    #expect(network.parameterCount == row.branched)
    #expect(network.classCount == 1000 && network.origin.family == .mobileOne)
    #expect(network.outputs.map(\.name) == ["logits"] + (0...4).map { "stage\($0)" })
  }

  @Test func namesAreMatchedLoosely() {
    #expect(Architecture.named("mobileone-s0")?.name == "MobileOne-S0")
    #expect(Architecture.named("mobileone_s4")?.name == "MobileOne-S4")
    #expect(Architecture.named("yolov6n")?.name == "YOLOv6-N")
    #expect(Architecture.named("yolov6-s")?.name == "YOLOv6-S")
    #expect(Architecture.named("a0-fpn")?.name == "RepVGG-A0-FPN")
    #expect(Architecture.named("A0-seg")?.name == "RepVGG-A0-Seg")
    #expect(Architecture.named("s0") == nil)
  }

  @Test func onlyTheLargestHasGates() throws {
    for row in Self.rows {
      let blocks = Network(try #require(Architecture.named(row.name)), seed: 1).blocks
      #expect(blocks.count == 43)
      let gated = blocks.filter { $0.gate != nil }
      #expect(gated.count == (row.name.hasSuffix("S4") ? 12 : 0))
      for block in gated {
        #expect(block.gate?.isBeforeReLU == true)
        #expect(block.gate?.squeeze.outputCount == block.geometry.outputChannels / 16)
        #expect(block.stage == 4 || block.stage == 3 && block.index >= 10)
      }
      #expect(
        blocks.dropFirst().allSatisfy {
          $0.geometry.kernelSize == ($0.index % 2 == 0 ? 3 : 1)
            && $0.geometry.groups == ($0.index % 2 == 0 ? $0.geometry.inputChannels : 1)
        })
    }
  }

  @Test func formsAreTheSameFunction() throws {
    for name in ["mobileone-s0", "mobileone-s4"] {
      let network = Network(try #require(Architecture.named(name)), seed: 11)
      let inputs = try CatalogueGraph.inputs(height: 17, width: 16)
      for other in [
        try network.written(in: .branched), try network.written(in: .folded),
        try network.reparameterized(),
      ] {
        let comparison = try GraphComparison(other, against: network, inputs: inputs)
        #expect(comparison.outputs.map(\.name) == network.outputs.map(\.name))
        for output in comparison.outputs {
          #expect(output.relativeL2 < 2e-6, "\(name) \(output.name)")
          #expect(output.magnitude > 1e-2 && output.magnitude < 1e2)
        }
      }
    }
  }

  @Test func weightsDependOnTheSeedAlone() throws {
    let architecture = try #require(Architecture.named("mobileone-s1"))
    func values(_ seed: UInt64) throws -> [[Float]] {
      try Network(architecture, seed: seed).tensors.prefix(20).map { try $0.floats() }
    }
    #expect(try values(1) == values(1))
    #expect(try values(1) != values(2))
  }
}

/// Inputs for networks of the catalogue.
enum CatalogueGraph {
  static func inputs(
    batch: Int = 1, height: Int, width: Int
  ) throws -> [String: ReferenceTensor] {
    let shape = try InputShape(batch: batch, height: height, width: width)
    return [
      "input": ReferenceTensor(
        shape: [batch, 3, height, width], sampleImages(shape).map { Double($0) })
    ]
  }
}
