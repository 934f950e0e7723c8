import Foundation
import RepVGG
import RepVGGTraining
import Testing

/// The digits' whole recipe, three methods by three seeds: minutes, so only where it is asked for.
@Suite(.serialized) struct DigitsAccuracyTests {
  static let isEnabled = ProcessInfo.processInfo.environment["REPVGG_LONG_TESTS"] == "1"

  @Test(
    .enabled(if: isEnabled, "REPVGG_LONG_TESTS=1 asks for it"),
    arguments: TrainerTests.Method.allCases, [UInt64](1...3))
  func reachesTheReference(_ method: TrainerTests.Method, seed: UInt64) throws {
    let form: TrainingArchitecture.Form = method == .branched ? .branched : .plain
    let network = try TrainerTests.network(form, seed: seed)
    var configuration = TrainingConfiguration(seed: seed)
    var scales: RepOptimizerScales?
    if method == .repOptimizer {
      let start = RepOptimizerScales(startOf: network.architecture)
      try network.initialize(with: start, seed: seed)
      configuration.rule = .multipliers(.squares)
      scales = start
    }
    let trainer = try Trainer(
      network, data: try DataSet.digits(), configuration: configuration, scales: scales)
    #expect(try trainer.run() == .finished)
    let last = try #require(trainer.records.last)
    print(
      "digits \(method) seed \(seed): test accuracy \(last.testAccuracy), loss \(last.loss), "
        + "\(Int(last.imagesPerSecond)) images/s")
    #expect(last.testAccuracy >= 0.975)
    guard method == .branched else { return }
    // What was trained with branches is the same network without them.
    let deployed = try deployed(network)
    let images = try Self.images(of: trainer.data.test)
    for begin in stride(from: 0, to: images.count, by: 40) {
      let batch = images[begin..<begin + 40].flatMap { $0 }
      let branched = try network.logits(images: batch)
      let plain = try deployed.logits(images: batch)
      for (one, other) in zip(branched, plain) {
        let (a, b) = (one.firstIndex(of: one.max() ?? 0), other.firstIndex(of: other.max() ?? 0))
        #expect(a == b)
      }
    }
  }

  /// A plain network of the re-parameterized kernels, its norms doing nothing but add the bias.
  func deployed(_ network: TrainingNetwork<Float>) throws -> TrainingNetwork<Float> {
    let state = network.checkpoint()
    let deployed = try TrainingNetwork<Float>(
      network.architecture.with(form: .plain), batchSize: network.batchSize, imageHeight: 32,
      imageWidth: 32)
    var tensors = state.tensors.filter { $0.key.hasPrefix("linear.") }
    for (block, shape) in zip(try Network(state).blocks, network.architecture.blocks) {
      let (kernel, bias) = try block.body.merged(inputChannels: shape.inputChannels)
      let ones = bias.map { _ in Float(1) }
      let channels = [bias.count]
      tensors["\(shape.name).conv.weight"] = Tensor(
        shape: [bias.count, shape.inputChannels, 3, 3], elements: kernel)
      tensors["\(shape.name).bn.weight"] = Tensor(shape: channels, elements: ones)
      tensors["\(shape.name).bn.bias"] = Tensor(shape: channels, elements: bias)
      tensors["\(shape.name).bn.running_mean"] = Tensor(
        shape: channels, elements: ones.map { $0 - 1 })
      tensors["\(shape.name).bn.running_var"] = Tensor(
        shape: channels, elements: ones.map { $0 - 1e-5 })
    }
    try deployed.load(Checkpoint(tensors: tensors))
    return deployed
  }

  /// The images as three equal planes each.
  static func images(of source: any ImageSource) throws -> [[Float]] {
    var bytes = [UInt8](repeating: 0, count: 32 * 32)
    return try (0..<source.count).map { index in
      try bytes.withUnsafeMutableBufferPointer { try source.read(at: index, into: $0) }
      let plane = bytes.map { Float($0) / 120 - 1 }
      return plane + plane + plane
    }
  }
}
