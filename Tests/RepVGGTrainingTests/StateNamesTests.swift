import RepVGG
import RepVGGTraining
import Testing

/// What training writes has the names that inference reads.
@Suite struct StateNamesTests {
  @Test(
    arguments: TrainingArchitecture.Form.allCases,
    [TrainingArchitecture.Excitation.Placement.beforeReLU, .afterReLU])
  func inferenceReadsEveryTensor(
    _ form: TrainingArchitecture.Form, _ placement: TrainingArchitecture.Excitation.Placement
  ) throws {
    let architecture = TrainingArchitecture(
      form: form, blockCounts: [2, 1, 2, 1], channels: [8, 8, 16, 16, 24], groups: [2: 2],
      excitation: { .init(placement: placement, reducedChannels: $0 / 4) }, classCount: 5)
    let state = try TrainingNetwork<Float>(
      architecture, batchSize: 2, imageHeight: 32, imageWidth: 32
    ).checkpoint()
    let found = try TrainingArchitecture(state: state)
    #expect(found.form == (form == .constantScale ? .hyperSearch : form))
    #expect(found.blocks == architecture.blocks)
    // Gates before the activation are RepVGG's only.
    guard form == .branched || placement == .afterReLU else {
      let error = #expect(throws: RepVGGError.self) { try Network(state) }
      #expect(error?.reason.contains("unexpected: stage0.se.down.bias") == true)
      return
    }
    let network = try Network(state)
    #expect(network.origin.ignoredTensors.isEmpty)
    #expect(Set(network.tensors.map(\.name)) == Set(architecture.parameters.map(\.name)))
  }
}
