import RepVGG
import RepVGGTraining
import Testing

/// RepOptimizer follows the branches that it stands for.
@Suite struct EquivalenceTests {
  static let adamW = OptimizerSettings.adamW(AdamWSettings(epsilon: 1e-8, weightDecay: 0.05))

  /// Wide enough for groups and gates.
  static let gated = TrainingArchitecture(
    form: .plain, blockCounts: [2, 3, 1], channels: [8, 8, 16, 24], groups: [2: 2, 4: 4],
    excitation: { .init(placement: .afterReLU, reducedChannels: $0 / 4) }, classCount: 10)

  @Test(arguments: [UInt64](0..<3))
  func followsWithSGD(_ seed: UInt64) throws {
    for architecture in [EquivalenceExperiment().architecture, Self.gated] {
      let experiment = EquivalenceExperiment(architecture: architecture, seed: seed)
      let differences = try experiment.relativeDifferenceByStep()
      #expect(differences.count == 10)
      #expect(differences.allSatisfy { $0 <= 1e-14 }, "\(differences)")
    }
  }

  @Test func followsWithAdamWUpToEpsilon() throws {
    let experiment = EquivalenceExperiment(
      settings: Self.adamW, rule: .multipliers(.absoluteValues), learningRate: 2e-3)
    let differences = try experiment.relativeDifferenceByStep()
    #expect(differences.allSatisfy { $0 <= 1e-6 }, "\(differences)")
  }

  @Test func followsExactlyWithTheExactRule() throws {
    for architecture in [EquivalenceExperiment().architecture, Self.gated] {
      let experiment = EquivalenceExperiment(
        architecture: architecture, settings: Self.adamW, rule: .exact, learningRate: 2e-3)
      let differences = try experiment.relativeDifferenceByStep()
      #expect(differences.allSatisfy { $0 <= 1e-14 }, "\(differences)")
    }
  }

  @Test func signedSumsDoNotFollow() throws {
    let experiment = EquivalenceExperiment(
      settings: Self.adamW, rule: .multipliers(.signedValues), learningRate: 2e-3)
    let last = try #require(try experiment.relativeDifferenceByStep().last)
    #expect(last > 1e-3, "upstream's multipliers would do, and the others would not be needed")
  }

  @Test func clippingIsRefusedWhereItBreaksTheEquivalence() throws {
    func network(_ form: TrainingArchitecture.Form) throws -> TrainingNetwork<Float> {
      try TrainingNetwork(
        .digits(form: form), batchSize: 2, imageHeight: 32, imageWidth: 32)
    }
    let sgd = OptimizerSettings.sgd(SGDSettings())
    let scales = RepOptimizerScales(startOf: .digits(form: .plain))
    for form in [TrainingArchitecture.Form.hyperSearch, .branched, .plain] {
      _ = try Optimizer(try network(form), sgd, clippingNorm: 5)
    }
    #expect {
      try Optimizer(
        try network(.plain), sgd,
        reparameterization: GradientReparameterization(scales: scales, for: sgd), clippingNorm: 5)
    } throws: { "\($0)".contains("equivalence") }
    #expect(throws: RepVGGError.self) {
      try Optimizer(try network(.constantScale), sgd, clippingNorm: 5)
    }
  }

  @Test func rulesThatDoNotFitAreRefused() throws {
    let network = try TrainingNetwork<Float>(
      .digits(form: .plain), batchSize: 2, imageHeight: 32, imageWidth: 32)
    let scales = RepOptimizerScales(startOf: network.architecture)
    for (settings, rule) in [
      (OptimizerSettings.sgd(SGDSettings()), GradientReparameterization.Rule.exact),
      (.sgd(SGDSettings()), .multipliers(.absoluteValues)), (Self.adamW, .multipliers(.squares)),
    ] {
      #expect(throws: RepVGGError.self) {
        try Optimizer(
          network, settings,
          reparameterization: GradientReparameterization(scales: scales, rule: rule))
      }
    }
    try network.initialize(with: scales, seed: 1)
    let norm = try #require(network.store.entry("stage1.0.bn.weight"))
    network.store.values.base[norm.offset] = 2
    #expect(throws: RepVGGError.self) { try network.initialize(with: scales, seed: 1) }
  }
}
