import RepVGG
import RepVGGTraining
import Testing

/// Threads share the work of a step and change nothing about it but the order of sums.
@Suite struct ThreadCountTests {
  /// Maps of 8x8 down to one pixel, groups and gates: fewer pieces of work than threads.
  private static let architecture = TrainingArchitecture(
    form: .branched, blockCounts: [2, 1, 1], channels: [8, 8, 16, 16], groups: [2: 2],
    excitation: { .init(placement: .beforeReLU, reducedChannels: $0 / 4) }, classCount: 3)

  /// The state behind three steps in Float64, on that many threads.
  private func state(
    _ form: TrainingArchitecture.Form, threads: Int
  ) throws -> [String: [Double]] {
    let network = try TrainingNetwork<Double>(
      Self.architecture.with(form: form), batchSize: 5, imageHeight: 16, imageWidth: 16, seed: 4,
      threadCount: threads)
    let optimizer = try Optimizer(network, .sgd(SGDSettings(weightDecay: 0.01)))
    for step in 0..<3 {
      let images = noise(5 * 3 * 16 * 16, seed: UInt64(step + 1))
      _ = try network.trainingPass(images: images, labels: [0, 1, 2, 1, 0])
      optimizer.step(learningRate: 0.05)
    }
    return network.checkpoint().compared
  }

  @Test(arguments: [TrainingArchitecture.Form.branched, .hyperSearch, .plain])
  func stepsAreTheSameForAnyNumber(_ form: TrainingArchitecture.Form) throws {
    let alone = try state(form, threads: 1)
    for threads in [2, 3, 5, 11, 32] {
      let shared = try state(form, threads: threads)
      for (name, values) in alone {
        #expect(relativeDifference(shared[name] ?? [], values) < 1e-10, "\(threads): \(name)")
      }
      // To the bit for the same number, whatever the threads' timing.
      #expect(try state(form, threads: threads) == shared)
    }
  }
}
