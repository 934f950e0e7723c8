import RepVGG
import TestSupport
import Testing

/// Linear regions are found in graphs without names.
struct RegionTests {
  /// The graph of single operators has as many regions as the network has blocks.
  @Test(arguments: ["RepVGG-A0", "RepVGG-B1g4", "RepVGG-D2se", "RepOpt-VGG-B1", "RepVGGplus-L2pse"])
  func theOperatorsOfANetworkBecomeItsBlocks(_ name: String) throws {
    let architecture = try #require(Architecture.named(name))
    let network = Network(architecture, seed: 3)
    let operators = try network.written(in: .branched)
    let merging = try operators.mergingRegions()
    #expect(merging.unmerged.isEmpty)
    #expect(merging.regions.count == network.blocks.count)
    #expect(merging.network.structure == network.structure)
  }

  /// A residual of two values stays, and its branches still merge.
  @Test func aSumOfDifferentValuesStays() throws {
    var graph = TestGraph()
    let images = graph.add("input", .input(channels: 4))
    let stem = graph.add("stem", .activation(.relu), graph.region("stem conv", 4, 8, 3, images))
    let first = graph.region("first", 8, 8, 3, stem)
    let second = graph.region("second", 8, 8, 1, stem)
    let active = graph.add("relu", .activation(.relu), graph.add("both", .add, first, second))
    let last = graph.region("last", 8, 8, 3, active)
    let side = graph.region("side", 8, 8, 1, active)
    let sum = graph.add("sum", .add, graph.add("inner", .add, last, stem), side)
    graph.output("map", sum)
    let network = graph.network()
    let merging = try network.mergingRegions()
    #expect(merging.regions.map(\.name) == ["stem conv", "both", "sum merged"])
    #expect(merging.unmerged.map(\.name) == ["sum"])
    #expect(merging.unmerged.first?.reason.contains("not computed from one value") == true)
  }
}
