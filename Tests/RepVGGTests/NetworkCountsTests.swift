import RepVGG
import TestSupport
import Testing

/// Parameters and multiplications: those of the blocks there are.
@Suite struct NetworkCountsTests {
  private static func architecture(reduction: Int) -> Architecture {
    Architecture(
      RepVGGDesign(
        blockCounts: [1, 2, 2, 2, 1], channels: [8, 8, 16, 24, 32], groups: [2: 2],
        gate: .afterReLU(reduction: reduction)), classCount: 5)
  }

  /// Every parameter once: nothing is computed from a formula that the blocks may not follow.
  @Test(arguments: ["tiny", "tiny-g2", "tiny-se", "tiny-plus-pse", "repopt-tiny", "repopt-tiny-hs"])
  func storedParametersAreCounted(_ folder: String) throws {
    let network = try Network(
      contentsOf: Fixture.root.appending(path: "\(folder)/train.safetensors").path)
    let branched = try network.counts(form: .branched, height: 64, width: 64)
    #expect(branched.parameters == network.parameterCount)
    #expect(
      branched.buffers - network.elementCount + network.parameterCount
        == network.nodes.reduce(0) {
          $0 + ($1.operation.linearExpression.map(Self.normCount) ?? 0)
        })
    let plain = try network.reparameterized()
    for form in [Form.plain, .branched] {
      #expect(
        try plain.counts(form: form, height: 64, width: 64).parameters == plain.parameterCount)
    }
    #expect(
      try network.counts(form: .plain, height: 64, width: 64)
        == plain.counts(form: .plain, height: 64, width: 64))
  }

  private static func normCount(_ expression: LinearExpression) -> Int {
    switch expression {
    case .batchNorm: 1
    case .sum(let parts), .sequence(let parts), .concatenation(let parts):
      parts.reduce(0) { $0 + normCount($1) }
    default: 0
    }
  }

  /// Only some blocks may have gates, and each its own width.
  @Test func everyGateIsCountedByItself() throws {
    let network = Network(Self.architecture(reduction: 4), seed: 1)
    let wider = Network(Self.architecture(reduction: 1), seed: 1)
    let all = try network.counts(form: .plain, height: 32, width: 32)
    var changed = network
    // The gate of block 0 goes, its readers read the ReLU before it; that of block 1 gets wider.
    let relu = try #require(network.nodes.firstIndex { $0.name == "stage0.0 relu" })
    let gate = try #require(network.nodes.firstIndex { $0.name == "stage0.0 gate scale" })
    for index in changed.nodes.indices where index > gate {
      changed.nodes[index].inputs = changed.nodes[index].inputs.map {
        $0.index == gate ? Network.NodeID(relu) : $0
      }
      if network.nodes[index].name.hasPrefix("stage1.0 gate") {
        changed.nodes[index].operation = wider.nodes[index].operation
      }
    }
    changed.nodes.removeSubrange(relu + 1...gate)
    let removed = gate - relu
    func moved(_ node: Network.NodeID) -> Network.NodeID {
      Network.NodeID(node.index > relu ? node.index - removed : node.index)
    }
    for index in changed.nodes.indices {
      changed.nodes[index].inputs = changed.nodes[index].inputs.map(moved)
    }
    for index in changed.outputs.indices {
      let node = changed.outputs[index].node
      changed.outputs[index].node = moved(node.index == gate ? Network.NodeID(relu) : node)
    }
    let some = try changed.counts(form: .plain, height: 32, width: 32)
    // Block 0 loses 8 -> 2 -> 8, block 1 has 8 -> 8 -> 8 for it.
    #expect(some.parameters == all.parameters - (16 + 2 + 16 + 8) + (64 + 8 - 16 - 2) + (64 - 16))
    #expect(some.multiplyAccumulates == all.multiplyAccumulates - 32 + 128 - 32)
    let plan = try Plan(changed, input: InputShape(height: 32, width: 32))
    #expect(plan.memory.weightByteCount == 4 * some.parameters)
  }
}
