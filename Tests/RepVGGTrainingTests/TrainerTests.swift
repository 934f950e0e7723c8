import Foundation
import RepVGG
import RepVGGTraining
import TestSupport
import Testing

/// Training runs: they learn, they resume, they stop where they should.
@Suite(.serialized) struct TrainerTests {
  static func network(
    _ form: TrainingArchitecture.Form, seed: UInt64, batchSize: Int = 64
  ) throws -> TrainingNetwork<Float> {
    try TrainingNetwork(
      .digits(form: form), batchSize: batchSize, imageHeight: 32, imageWidth: 32, seed: seed,
      threadCount: 1)
  }

  enum Method: CaseIterable { case branched, plain, repOptimizer }

  @Test(arguments: Method.allCases)
  func learnsTheDigitsInFiveEpochs(_ method: Method) throws {
    let network = try Self.network(method == .branched ? .branched : .plain, seed: 1)
    var configuration = TrainingConfiguration(epochCount: 5, seed: 1)
    var scales: RepOptimizerScales?
    if method == .repOptimizer {
      let start = RepOptimizerScales(startOf: network.architecture)
      try network.initialize(with: start, seed: 1)
      configuration.rule = .multipliers(.squares)
      scales = start
    }
    let trainer = try Trainer(
      network, data: try DataSet.digits(), configuration: configuration, scales: scales)
    #expect(try trainer.run() == .finished)
    #expect(trainer.records.map(\.epoch) == [1, 2, 3, 4, 5])
    let last = try #require(trainer.records.last)
    #expect(last.step == 5 * 22 && trainer.stepsPerEpoch == 22)
    #expect(last.testAccuracy >= 0.95, "\(method): \(last.testAccuracy)")
    #expect(last.loss < 0.2)
  }

  /// Half the digits' steps, with everything that could depend on when a run was stopped.
  static let configuration = TrainingConfiguration(
    epochCount: 2, optimizer: .adamW(AdamWSettings()), learningRate: 2e-3, labelSmoothing: 0.1,
    augmentation: Augmentation(shift: 4, flips: true), seed: 9)

  @Test(arguments: [5, 11, 14])
  func resumesToTheBit(_ stop: Int) throws {
    let data = try DataSet.digits()
    func trainer() throws -> Trainer<Float> {
      try Trainer(
        try Self.network(.branched, seed: 3, batchSize: 128), data: data,
        configuration: Self.configuration)
    }
    let whole = try trainer()
    #expect(try whole.run() == .finished)
    let first = try trainer()
    #expect(try first.run(shouldStop: { first.optimizer.stepCount == stop }) == .interrupted)
    let folder = try TemporaryFolder()
    let directory = try TrainingDirectory(path: folder.url.appending(path: "run").path)
    #expect(try directory.savedState() == nil)
    try directory.save(first)
    let second = try trainer()
    try second.resume(from: try #require(try directory.savedState()))
    #expect(second.optimizer.stepCount == stop)
    #expect(try second.run() == .finished)
    #expect(second.network.store.values.elements == whole.network.store.values.elements)
    #expect(second.records.map(\.loss) == whole.records.map(\.loss))
    #expect(second.records.map(\.testAccuracy) == whole.records.map(\.testAccuracy))
    try directory.save(second)
    let log = try String(contentsOfFile: directory.logPath, encoding: .utf8)
    #expect(log.split(separator: "\n").count == 2)
    let written = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(Set(written) == ["model.safetensors", "state.safetensors", "log.jsonl"])
  }

  @Test func refusesStatesOfOtherRuns() throws {
    let data = try DataSet.digits()
    let trainer = try Trainer(
      try Self.network(.plain, seed: 1), data: data, configuration: Self.configuration)
    var state = try trainer.state()
    var other = Self.configuration
    other.seed += 1
    let stranger = try Trainer(
      try Self.network(.plain, seed: 1), data: data, configuration: other)
    #expect { try stranger.resume(from: state) } throws: { "\($0)".contains("configuration") }
    state.metadata["position"] = "{\"epoch\":1,\"step\":99999,\"lossSum\":0,\"correctCount\":0}"
    #expect(throws: RepVGGError.self) { try trainer.resume(from: state) }
    state.metadata["position"] = "["
    #expect(throws: RepVGGError.self) { try trainer.resume(from: state) }
    state = try trainer.state()
    state.tensors["optimizer.exp_avg.linear.bias"] = nil
    #expect {
      try trainer.resume(from: state)
    } throws: { ($0 as? RepVGGError)?.tensor == "optimizer.exp_avg.linear.bias" }
    #expect(throws: RepVGGError.self) {
      try trainer.resume(from: trainer.network.checkpoint())
    }
  }

  @Test func namesWhereNumbersGoWrong() throws {
    let data = try DataSet.digits()
    let network = try Self.network(.branched, seed: 1)
    let trainer = try Trainer(
      network, data: data, configuration: TrainingConfiguration(epochCount: 1))
    let entry = try #require(network.store.entry("stage2.1.rbr_1x1.bn.weight"))
    #expect {
      _ = try trainer.run(onEvent: { event in
        if case .step(let progress) = event, progress.step == 3 {
          network.store.values.base[entry.offset] = .infinity
        }
      })
    } throws: {
      let text = "\($0)"
      return text.contains("step 4") && text.contains("stage2.1.rbr_1x1.bn.weight")
    }
    // Large weights are finite themselves; what comes out of the layer is not.
    let large = try Self.network(.plain, seed: 1)
    let weight = try #require(large.store.entry("stage1.0.conv.weight"))
    (large.store.values.base + weight.offset).update(repeating: 3e38, count: weight.count)
    let second = try Trainer(
      large, data: data, configuration: TrainingConfiguration(epochCount: 1))
    #expect { _ = try second.run() } throws: { "\($0)".contains("layer 'stage1.0.conv'") }
  }

  @Test func dataThatDoNotSuitANetworkAreRefused() throws {
    let data = try DataSet.digits()
    let small = try TrainingNetwork<Float>(
      .digits(form: .plain), batchSize: 4, imageHeight: 16, imageWidth: 16)
    #expect(throws: RepVGGError.self) {
      try Trainer(small, data: data, configuration: TrainingConfiguration())
    }
    var configuration = TrainingConfiguration()
    configuration.rule = .multipliers(.squares)
    #expect(throws: RepVGGError.self) {
      try Trainer(try Self.network(.plain, seed: 0), data: data, configuration: configuration)
    }
  }
}
