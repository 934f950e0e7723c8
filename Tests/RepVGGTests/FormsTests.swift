import RepVGG
import TestSupport
import Testing

/// The three forms of one network give the same logits and features.
@Suite struct FormsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var stages: [Int]
    var widths: [Int]
    var groups = 1
    var gate: RepVGGDesign.Gate?
    var batch = 1
    var height = 45
    var width = 37
    var threads = 1
    var testDescription: String {
      "\(stages)x\(widths) g\(groups) \(gate.map { "\($0)" } ?? "-")"
        + " \(batch)x\(height)x\(width) t\(threads)"
    }

    var architecture: Architecture {
      let layers = stages.reduce(0, +)
      let grouped = stride(from: 2, to: layers, by: 2).map { ($0, groups) }
      return Architecture(
        RepVGGDesign(
          blockCounts: stages, channels: widths,
          groups: Dictionary(uniqueKeysWithValues: grouped), gate: gate), classCount: 11)
    }
  }

  static let cases: [Case] = [
    Case(stages: [1, 2, 2, 2, 1], widths: [8, 16, 24, 40, 48]),
    Case(stages: [1, 1, 2, 1, 1], widths: [16, 16, 32, 33, 20], batch: 3, threads: 2),
    Case(stages: [1, 3, 3, 2, 1], widths: [8, 8, 24, 40, 80], groups: 4, threads: 2),
    Case(
      stages: [1, 2, 2, 1, 1], widths: [16, 16, 16, 32, 32],
      gate: .beforeReLU(reduction: 16), batch: 2, threads: 3),
    Case(
      stages: [1, 2, 2, 2, 1], widths: [16, 20, 24, 32, 48],
      gate: .afterReLU(reduction: 4), height: 32, width: 96),
    Case(stages: [1, 1, 1, 1, 1], widths: [4, 5, 6, 7, 8], batch: 2, height: 1, width: 1),
  ]

  @Test(arguments: cases) func branchedFoldedAndPlainAgree(_ test: Case) throws {
    let network = Network(test.architecture, seed: 7)
    let input = try InputShape(batch: test.batch, height: test.height, width: test.width)
    let images = sampleImages(input)
    var logits: [Form: [Float]] = [:]
    var features: [Form: [[Float]]] = [:]
    for form in Form.allCases {
      let options = PlanOptions(form: form, threadCount: test.threads, collectsFeatures: true)
      let plan = try Plan(network, input: input, options: options)
      let session = try plan.makeSession()
      let first = try session.run(images)
      #expect(try session.run(images) == first, "the same bits twice")
      logits[form] = first
      #expect(plan.features.map(\.name) == ["stage0", "stage1", "stage2", "stage3", "stage4"])
      features[form] = try plan.features.map { try session.feature($0.name) }
    }
    let reparameterized = try Plan(
      network.reparameterized(), input: input, options: PlanOptions(threadCount: test.threads))
    #expect(try reparameterized.makeSession().run(images) == logits[.plain])
    for form in [Form.folded, .branched] {
      let plain = try #require(logits[.plain])
      #expect(relativeL2(try #require(logits[form]), plain) < 2e-6, "\(form)")
      for (stage, reference) in try #require(features[.plain]).enumerated() {
        let feature = try #require(features[form])[stage]
        #expect(relativeL2(feature, reference) < 2e-6, "\(form) stage\(stage)")
      }
    }
  }

  @Test func aDeployedNetworkHasNoBranches() throws {
    let network = try Network(Self.cases[0].architecture, seed: 1).reparameterized()
    let input = try InputShape(height: 32, width: 32)
    for form in [Form.branched, .folded] {
      let error = #expect(throws: RepVGGError.self) {
        try Plan(network, input: input, options: PlanOptions(form: form))
      }
      #expect(error?.kind == .badData)
    }
  }
}
