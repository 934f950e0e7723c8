import RepVGG
import TestSupport
import Testing

/// Parameters and multiplications: those of the blocks there are.
@Suite struct NetworkCountsTests {
  private static let architecture = Architecture(
    stages: [(1, 8), (2, 8), (2, 16), (2, 24), (1, 32)].map {
      Architecture.Stage(blockCount: $0, channels: $1)
    }, groupsByLayer: [2: 2], gate: Architecture.Gate(placement: .afterActivation, reduction: 4),
    classCount: 5)

  /// Every parameter once: nothing is computed from a formula that the blocks may not follow.
  @Test(arguments: ["tiny", "tiny-g2", "tiny-se", "tiny-plus-pse", "repopt-tiny", "repopt-tiny-hs"])
  func storedParametersAreCounted(_ folder: String) throws {
    let network = try Network(
      contentsOf: Fixture.root.appending(path: "\(folder)/train.safetensors").path)
    let branched = network.counts(form: .branched, height: 64, width: 64)
    #expect(branched.parameters == network.parameterCount)
    #expect(
      branched.buffers - network.elementCount + network.parameterCount
        == network.blocks.reduce(0) { $0 + Self.normCount($1.body) })
    let plain = try network.reparameterized()
    for form in [Form.plain, .branched] {
      #expect(
        plain.counts(form: form, height: 64, width: 64).parameters == plain.parameterCount)
    }
    #expect(
      network.counts(form: .plain, height: 64, width: 64)
        == plain.counts(form: .plain, height: 64, width: 64))
  }

  private static func normCount(_ expression: LinearExpression) -> Int {
    switch expression {
    case .batchNorm: 1
    case .sum(let parts), .sequence(let parts), .concatenation(let parts):
      parts.reduce(0) { $0 + normCount($1) }
    case .convolution, .identity, .averagePool, .scale: 0
    }
  }

  /// Only some blocks may have gates, and each its own width.
  @Test func everyGateIsCountedByItself() throws {
    var network = Network(Self.architecture, seed: 1)
    let all = network.counts(form: .plain, height: 32, width: 32)
    network.blocks[0].gate = nil
    let wider = Network(
      Architecture(
        stages: Self.architecture.stages, groupsByLayer: [2: 2],
        gate: Architecture.Gate(placement: .afterActivation, reduction: 1), classCount: 5), seed: 1)
    network.blocks[1].gate = wider.blocks[1].gate
    let some = network.counts(form: .plain, height: 32, width: 32)
    // Block 0 loses 8 -> 2 -> 8, block 1 has 8 -> 8 -> 8 for it.
    #expect(some.parameters == all.parameters - (16 + 2 + 16 + 8) + (64 + 8 - 16 - 2) + (64 - 16))
    #expect(some.multiplyAccumulates == all.multiplyAccumulates - 32 + 128 - 32)
    let plan = try Plan(network, input: InputShape(height: 32, width: 32))
    #expect(plan.memory.weightByteCount == 4 * some.parameters)
  }
}
