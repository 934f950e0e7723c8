import RepVGG
import TestSupport
import Testing

/// Networks whose images have another number of channels than three.
@Suite struct InputChannelsTests {
  private static func network(_ channels: Int) -> Network {
    Network(
      Architecture(
        RepVGGDesign(blockCounts: [1, 2, 1, 1, 1], channels: [16, 16, 24, 32, 40]),
        inputChannels: channels, classCount: 5), seed: 11)
  }

  @Test(arguments: [1, 4, 16, 19]) func everyNumberOfChannelsIsComputed(_ channels: Int)
    throws
  {
    let network = Self.network(channels)
    let input = try InputShape(batch: 4, channels: channels, height: 21, width: 18)
    let images = sampleImages(input)
    let expected = try ReferenceNetwork(network).logits(images, input: input)
    for form in Form.allCases {
      for algorithm in [Algorithm.auto, .direct, .im2col] {
        for threads in [1, 2] {
          let plan = try Plan(
            network, input: input,
            options: PlanOptions(form: form, threadCount: threads, algorithm: algorithm))
          let logits = try plan.makeSession().run(images)
          #expect(
            relativeL2(logits, expected.map(Float.init)) <= 1e-5, "\(form) \(algorithm) \(threads)")
        }
      }
    }
  }

  @Test func thePlainNetworkKeepsTheChannels() throws {
    let plain = try Self.network(4).reparameterized()
    let read = try Network(plain.deployedCheckpoint())
    #expect(read.inputChannels == 4)
    #expect(read.blocks[0].geometry.inputChannels == 4)
    #expect(read.blocks[0].geometry.groups == 1)
    #expect(
      read.parameterCount == (try read.counts(form: .plain, height: 8, width: 8)).parameters)
  }

  @Test func anInputOfOtherChannelsIsRefused() throws {
    let error = try #require(throws: RepVGGError.self) {
      try Plan(Self.network(1), input: InputShape(height: 32, width: 32))
    }
    #expect(error.kind == .invalidArgument)
    #expect(error.reason.contains("1 channels") && error.reason.contains("1x3x32x32"))
  }
}
