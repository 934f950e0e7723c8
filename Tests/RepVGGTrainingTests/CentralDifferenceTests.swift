import RepVGG
import RepVGGTraining
import Testing
import SeededNumbers

/// Whole networks' gradients against central differences of the loss in Double.
@Suite struct CentralDifferenceTests {
  static func architecture(
    _ form: TrainingArchitecture.Form, _ gate: TrainingArchitecture.Excitation.Placement?
  ) -> TrainingArchitecture {
    TrainingArchitecture(
      form: form, blockCounts: [2, 2], channels: [4, 4, 8], groups: [2: 2],
      excitation: { channels in
        gate.map { .init(placement: $0, reducedChannels: channels / 2) }
      }, classCount: 5)
  }

  @Test(
    arguments: TrainingArchitecture.Form.allCases,
    [nil, TrainingArchitecture.Excitation.Placement.beforeReLU, .afterReLU])
  func gradientsAreTheSlopesOfTheLoss(
    _ form: TrainingArchitecture.Form, _ gate: TrainingArchitecture.Excitation.Placement?
  ) throws {
    let network = try TrainingNetwork<Double>(
      Self.architecture(form, gate), batchSize: 3, imageHeight: 9, imageWidth: 12, seed: 5)
    let images = noise(network.training.input.count, seed: 6)
    let labels: [Int32] = [0, 4, 2]
    func loss() throws -> Double {
      try network.trainingPass(images: images, labels: labels, labelSmoothing: 0.1).loss
    }
    _ = try loss()
    let gradients = network.store.gradients.elements
    let values = network.store.values.base
    var random = SplitMix64(seed: 7)
    for entry in network.store.trainable {
      let index = entry.offset + random.below(entry.count)
      let (value, step) = (values[index], 1e-6)
      values[index] = value + step
      let above = try loss()
      values[index] = value - step
      let below = try loss()
      values[index] = value
      let slope = (above - below) / (2 * step)
      #expect(
        abs(slope - gradients[index]) <= 1e-6 * max(1, abs(slope)),
        "\(form) \(entry.name): \(gradients[index]) instead of \(slope)")
    }
  }

  @Test func theSameThreadsGiveTheSameBits() throws {
    func train(threads: Int) throws -> [Float] {
      let network = try TrainingNetwork<Float>(
        .digits(form: .branched), batchSize: 8, imageHeight: 32, imageWidth: 32, seed: 1,
        threadCount: threads)
      let optimizer = try Optimizer(network, .sgd(SGDSettings()))
      let images = noise(network.training.input.count, seed: 2).map { Float($0) }
      for _ in 0..<3 {
        _ = try network.trainingPass(images: images, labels: [0, 1, 2, 3, 4, 5, 6, 7])
        optimizer.step(learningRate: 0.05)
      }
      return network.store.values.elements
    }
    for threads in 1...3 {
      #expect(try train(threads: threads) == train(threads: threads))
    }
  }
}
