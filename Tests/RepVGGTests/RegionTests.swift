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

  /// A term that another term is computed from, in every order of the sum.
  @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
  func aTermCanBeTheSourceOfAnother(_ order: [Int]) throws {
    var graph = TestGraph()
    let images = graph.add("input", .input(channels: 4))
    let p = graph.region("p", 4, 4, 3, images)
    let r = graph.region("r", 4, 4, 1, images)
    let terms = [r, p, graph.region("q", 4, 4, 1, p)]
    let first = graph.add("first", .add, terms[order[0]], terms[order[1]])
    graph.output("sum", graph.add("sum", .add, first, terms[order[2]]))
    let network = graph.network()
    try expectSame(network, try network.mergingRegions().network)
  }

  /// A sum that is read twice by sums after it.
  @Test func aSumCanBeATermOfASumThatReadsIt() throws {
    for isFirst in [true, false] {
      var graph = TestGraph()
      let images = graph.add("input", .input(channels: 4))
      let a = graph.region("a", 4, 4, 3, images)
      let other = graph.add("relu", .activation(.relu), images)
      let b = graph.add("b", .add, a, other)
      let c = graph.add("c", .add, b, graph.region("d", 4, 4, 1, other))
      graph.output("y", graph.add("y", .add, isFirst ? b : c, isFirst ? c : b))
      let network = graph.network()
      try expectSame(network, try network.mergingRegions().network)
    }
  }

  /// Random graphs of convolutions and sums, in which every value may be read several times.
  @Test(arguments: 0..<60) func randomGraphsComputeTheSame(_ seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed) + 1)
    var graph = TestGraph()
    var places = [graph.add("input", .input(channels: 4))]
    for index in 0..<12 {
      let name = "n\(index)"
      // What came last is read more often, so that chains and nested sums arise.
      func pick() -> Int { places[max(0, places.count - 1 - Int(random.next() % 4))] }
      switch random.next() % 5 {
      case 0: places.append(graph.region(name, 4, 4, 3, pick()))
      case 1: places.append(graph.region(name, 4, 4, 1, pick()))
      case 2 where random.next() % 2 == 0:
        places.append(graph.add(name, .activation(.relu), pick()))
      default: places.append(graph.add(name, .add, pick(), pick()))
      }
    }
    graph.output("y", places[places.count - 1])
    graph.output("z", places[places.count / 2])
    let network = graph.network()
    let merging = try network.mergingRegions()
    try expectSame(network, merging.network)
    #expect(merging.network.nodes.count <= network.nodes.count)
  }

  private func expectSame(_ network: Network, _ merged: Network) throws {
    var random = RandomTensors(seed: 4)
    let images = try ReferenceTensor(random.tensor([1, 4, 6, 5]))
    let comparison = try GraphComparison(
      merged, against: network, inputs: ["input": images])
    #expect(comparison.outputs.count == network.outputs.count)
    for output in comparison.outputs { #expect(output.relativeMaximum <= 1e-12, "\(output)") }
  }
}
