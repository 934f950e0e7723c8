import RepVGG
import Testing

/// Exact counts of every published architecture: RepVGG tables 4 and 5 and the facts derived
/// from the architecture rules, as integers.
@Suite struct ArchitectureTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let size: Int
    let plain: Int
    let branched: Int
    let buffers: Int
    let plainOperations: Int
    let branchedOperations: Int
    var testDescription: String { "\(name)@\(size)" }
  }

  static let rows: [Row] = [
    ("RepVGG-A0", 224, 8_309_384, 9_108_968, 23_709, 1_361_451_008, 1_512_581_120),
    ("RepVGG-A1", 224, 12_789_864, 14_092_264, 29_885, 2_363_967_488, 2_626_488_320),
    ("RepVGG-A2", 224, 25_499_944, 28_210_600, 42_621, 5_116_951_552, 5_685_345_280),
    ("RepVGG-B0", 224, 14_339_048, 15_817_960, 35_279, 3_057_600_512, 3_397_191_680),
    ("RepVGG-B1", 224, 51_829_480, 57_415_016, 68_175, 11_815_485_440, 13_128_089_600),
    ("RepVGG-B1g2", 224, 41_360_104, 45_782_376, 68_175, 8_809_742_336, 9_788_375_040),
    ("RepVGG-B1g4", 224, 36_125_416, 39_966_056, 68_175, 7_306_870_784, 8_118_517_760),
    ("RepVGG-B2", 224, 80_315_112, 89_022_376, 85_135, 18_376_609_792, 20_418_170_880),
    ("RepVGG-B2g2", 224, 63_956_712, 70_846_376, 85_135, 13_680_136_192, 15_199_866_880),
    ("RepVGG-B2g4", 224, 55_777_512, 61_758_376, 85_135, 11_331_899_392, 12_590_714_880),
    ("RepVGG-B3", 224, 110_960_872, 123_085_288, 100_047, 26_208_882_688, 29_120_696_320),
    ("RepVGG-B3g2", 224, 87_404_776, 96_911_848, 100_047, 19_445_960_704, 21_606_338_560),
    ("RepVGG-B3g4", 224, 75_626_728, 83_825_128, 100_047, 16_064_499_712, 17_849_159_680),
    ("RepVGG-D2se", 224, 120_387_572, 133_334_836, 135_115, 32_829_551_104, 36_476_744_192),
    ("RepVGG-D2se", 320, 120_387_572, 133_334_836, 135_115, 66_994_074_112, 74_437_325_312),
    ("RepVGGplus-L2pse", 320, 127_151_960, 140_099_224, 135_115, 67_000_834_048, 74_444_085_248),
    ("RepOpt-VGG-B1", 224, 51_829_480, 57_415_016, 68_175, 11_815_485_440, 13_128_089_600),
    ("RepOpt-VGG-B2", 224, 80_315_112, 89_022_376, 85_135, 18_376_609_792, 20_418_170_880),
    ("RepOpt-VGG-L1", 224, 76_018_920, 84_324_712, 108_171, 21_063_925_760, 23_404_134_400),
    ("RepOpt-VGG-L2", 224, 118_109_032, 131_056_296, 135_115, 32_827_297_792, 36_474_490_880),
  ].map(Row.init)

  @Test(arguments: rows) func countsAreExact(row: Row) throws {
    let architecture = try #require(Architecture.named(row.name))
    let plain = try architecture.counts(form: .plain, height: row.size, width: row.size)
    let branched = try architecture.counts(form: .branched, height: row.size, width: row.size)
    #expect(plain.parameters == row.plain)
    #expect(plain.multiplyAccumulates == row.plainOperations)
    #expect(plain.buffers == 0)
    #expect(branched.parameters == row.branched)
    #expect(branched.multiplyAccumulates == row.branchedOperations)
    #expect(branched.buffers == row.buffers)
    #expect(branched.convolutionOutputs == 2 * plain.convolutionOutputs)
  }

  @Test func everyCatalogueEntryIsCounted() {
    let names = Architecture.catalogue.filter(\.isOfRepVGGBlocks).map(\.name)
    #expect(Set(Self.rows.map(\.name)) == Set(names))
    #expect(names.count == 19)
    #expect(
      Set(Architecture.catalogue.map(\.name)).subtracting(names)
        == Set(
          MobileCatalogueTests.rows.map(\.name)
            + ["YOLOv6-N", "YOLOv6-S", "RepVGG-A0-FPN", "RepVGG-A0-Seg"]))
  }

  @Test(arguments: [
    ("A0", 22, 17), ("B0", 28, 23), ("B3g4", 28, 23), ("D2se", 48, 43), ("L2pse", 48, 43),
  ])
  func layersAndIdentities(name: String, layers: Int, identities: Int) throws {
    let blocks = Network(try #require(Architecture.named(name)), seed: 1).blocks
    #expect(blocks.count == layers)
    #expect(blocks.count(where: \.canHaveIdentity) == identities)
  }

  @Test func groupedLayersHaveEvenIndexAndKeepTheirWidth() throws {
    let blocks = Network(try #require(Architecture.named("repvgg_b1g4")), seed: 1).blocks
    let grouped = blocks.indices.filter { blocks[$0].geometry.groups == 4 }
    #expect(grouped == Array(stride(from: 2, to: 28, by: 2)))
    #expect(grouped.allSatisfy { blocks[$0].canHaveIdentity })
  }

  @Test func namesAreMatchedLooselyButNotWrongly() {
    #expect(Architecture.named("A0")?.name == "RepVGG-A0")
    #expect(Architecture.named("repvgg_b2g4")?.name == "RepVGG-B2g4")
    #expect(Architecture.named("RepOpt-VGG-L1")?.name == "RepOpt-VGG-L1")
    #expect(Architecture.named("L2pse")?.name == "RepVGGplus-L2pse")
    #expect(Architecture.named("C9") == nil)
    #expect(Architecture.named("") == nil)
  }

  @Test func stageSizesRoundUp() throws {
    let network = Network(try #require(Architecture.named("A0")), seed: 1)
    let shapes = try network.shapes(height: 45, width: 37)
    let sizes = network.outputs.dropFirst().map { shapes[$0.node.index].dimensions }
    #expect(sizes.map { $0[1] } == [23, 12, 6, 3, 2])
    #expect(sizes.map { $0[2] } == [19, 10, 5, 3, 2])
  }
}
