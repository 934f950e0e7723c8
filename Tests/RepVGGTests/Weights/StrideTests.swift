import RepVGG
import TestSupport
import Testing

/// Networks whose stages have other strides than 2, as variants for small images do.
@Suite struct StrideTests {
  private static func architecture(_ strides: [Int], widths: [Int] = [8, 8, 16, 16, 24])
    -> Architecture
  {
    Architecture(
      RepVGGDesign(blockCounts: [1, 1, 2, 1, 1], channels: widths, strides: strides),
      classCount: 5)
  }

  /// Every block's tensors under the official names.
  private static func checkpoint(_ network: Network) throws -> Checkpoint {
    Checkpoint(
      tensors: Dictionary(uniqueKeysWithValues: network.tensors.map { ($0.name, $0) }))
  }

  @Test(
    arguments: [[1, 1, 2, 2, 2], [1, 2, 1, 2, 1], [2, 2, 2, 1, 1], [1, 1, 1, 1, 1]])
  func everyFormAndAlgorithmHasTheStrides(_ strides: [Int]) throws {
    let network = Network(Self.architecture(strides), seed: 7)
    let input = try InputShape(batch: 2, height: 18, width: 23)
    let images = sampleImages(input)
    let expected = try ReferenceNetwork(network).logits(images, input: input).map(Float.init)
    for form in Form.allCases {
      for algorithm in [Algorithm.auto, .direct, .im2col] {
        let plan = try Plan(
          network, input: input,
          options: PlanOptions(form: form, collectsFeatures: true, algorithm: algorithm))
        let session = try plan.makeSession()
        #expect(relativeL2(try session.run(images), expected) <= 1e-5, "\(form) \(algorithm)")
        var size = [18, 23]
        for (feature, stride) in zip(plan.features, strides) {
          size = size.map { ($0 + stride - 1) / stride }
          #expect(Array(feature.shape[2...]) == size)
        }
        #expect(plan.features.count == strides.count)
      }
    }
  }

  @Test func countsFollowTheStrides() throws {
    let usual = try Self.architecture([2, 2, 2, 2, 2]).counts(form: .plain, height: 32, width: 32)
    let fine = try Self.architecture([1, 1, 2, 2, 2]).counts(form: .plain, height: 32, width: 32)
    #expect(fine.parameters == usual.parameters)
    // Every stage has twice the stem's rows and columns, but the stem four times as many pixels.
    #expect(fine.convolutionOutputs > 4 * usual.convolutionOutputs)
    #expect(Self.architecture([1, 1, 2, 2, 2]).name == "custom-1x8s1-1x8s1-2x16-1x16-1x24")
    #expect(
      Network(Self.architecture([1, 1, 2, 2, 2]), seed: 1).structure
        != Network(Self.architecture([2, 2, 2, 2, 2]), seed: 1).structure)
  }

  @Test func identityBranchesProveStrides() throws {
    // Stages 1 and 3 keep their width.
    let checkpoint = try Self.checkpoint(Network(Self.architecture([2, 1, 2, 2, 2]), seed: 3))
    let network = try Network(checkpoint)
    #expect(RepVGGDesign(stagesOf: network).strides == [2, 1, 2, 2, 2])
    #expect(
      network.origin.strideEvidence == [.assumed, .proven, .assumed, .proven, .assumed])
    let given = try Network(checkpoint, options: NetworkOptions(strides: [1, 1, 2, 2, 1]))
    #expect(RepVGGDesign(stagesOf: given).strides == [1, 1, 2, 2, 1])
    #expect(given.origin.strideEvidence == [.given, .proven, .given, .proven, .given])
    for (strides, stage) in [([2, 2, 2, 2, 2], 1), ([2, 1, 2, 1, 2], 3)] {
      let error = #expect(throws: RepVGGError.self) {
        try Network(checkpoint, options: NetworkOptions(strides: strides))
      }
      #expect(error?.kind == .invalidArgument)
      #expect(error?.reason.contains("stage \(stage)") == true, "\(error?.reason ?? "")")
    }
  }

  @Test func theDeployedFormKeepsTheStrides() throws {
    let plain = try Network(Self.architecture([1, 1, 2, 2, 1]), seed: 5).reparameterized()
    let deployed = try plain.deployedCheckpoint(metadata: ["format": "pt"])
    #expect(deployed.metadata == ["format": "pt", "strides": "1,1,2,2,1"])
    let read = try Network(deployed)
    #expect(read.structure == plain.structure)
    #expect(read.origin.strideEvidence == [.stored, .stored, .stored, .stored, .stored])
    // Other strides that are given count: nothing in a plain network contradicts it.
    let other = try Network(deployed, options: NetworkOptions(strides: [2, 2, 2, 2, 2]))
    #expect(RepVGGDesign(stagesOf: other).strides == [2, 2, 2, 2, 2])
    let usual = try Network(Self.architecture([2, 2, 2, 2, 2]), seed: 5).reparameterized()
    #expect(try usual.deployedCheckpoint().metadata.isEmpty)
  }

  @Test func stridesThatCannotBeAreRefused() throws {
    let checkpoint = try Self.checkpoint(Network(Self.architecture([2, 2, 2, 2, 2]), seed: 3))
    for strides in [
      [], [1], [1, 1, 2, 2], [1, 1, 2, 2, 2, 2], [0, 1, 2, 2, 2], [1, 1, 3, 2, 2],
      [.max, .min, 2, 2, 2],
    ] {
      let error = #expect(throws: RepVGGError.self) {
        try Network(checkpoint, options: NetworkOptions(strides: strides))
      }
      #expect(error?.kind == .invalidArgument)
    }
    for text in ["", "1", "2,2,2,2", "2,2,2,2,22", "[2,2,2,2,2]", "2, 2, 2, 2, 2", "a\u{301},,,,"] {
      var stored = checkpoint
      stored.metadata["strides"] = text
      let error = #expect(throws: RepVGGError.self, "\(text)") { try Network(stored) }
      #expect(error?.kind == .badData)
    }
  }
}
