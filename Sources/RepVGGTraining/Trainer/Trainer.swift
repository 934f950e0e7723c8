import RepVGG
import SeededNumbers

/// Trains a network on a data set, epoch by epoch.
///
/// The order of the images, their changes and all arithmetic depend on the configuration, the
/// network and the number of threads alone: a run that is resumed from its state goes on to the
/// bit as if it had never stopped.
public final class Trainer<Scalar: TrainingScalar> {
  /// What happened, for the caller to show or log.
  public enum Event: Sendable {
    /// A step was made.
    case step(TrainingProgress)
    /// An epoch is complete and tested.
    case epoch(TrainingRecord)
  }

  /// How a run ended.
  public enum Outcome: Sendable, Hashable {
    /// All epochs are done.
    case finished
    /// The caller asked to stop; the run can continue from here.
    case interrupted
  }

  /// The network that is trained.
  public let network: TrainingNetwork<Scalar>
  /// What it is trained and tested with.
  public let data: DataSet
  /// How it is trained.
  public let configuration: TrainingConfiguration
  /// The optimizer with its memory.
  public let optimizer: Optimizer<Scalar>
  /// Where the run is.
  public internal(set) var position = Position()
  /// The records of all complete epochs.
  public internal(set) var records: [TrainingRecord] = []

  /// Where a run is, and the sums of its epoch so far.
  public struct Position: Sendable, Hashable, Codable {
    /// Complete epochs.
    public var epoch = 0
    /// Steps made in the epoch so far.
    public var step = 0
    /// The sum of that epoch's losses.
    public var lossSum = 0.0
    /// That epoch's images that were classified correctly.
    public var correctCount = 0

    /// The start of a run.
    public init() {}
  }

  private let composer: BatchComposer<Scalar>
  private let prefetcher: BatchPrefetcher<Scalar>
  private let schedule: LearningRateSchedule
  private var clock = ContinuousClock()

  /// A trainer.
  ///
  /// - Parameters:
  ///   - network: the network; its batch size is that of the steps.
  ///   - data: images that fit it.
  ///   - configuration: how to train.
  ///   - scales: the scales of RepOptimizer, where the configuration has a rule for them.
  /// - Throws: `invalidArgument` where the parts do not fit each other.
  public init(
    _ network: TrainingNetwork<Scalar>, data: DataSet, configuration: TrainingConfiguration,
    scales: RepOptimizerScales? = nil
  ) throws {
    try configuration.validate()
    let source = data.training
    guard source.height == network.imageHeight, source.width == network.imageWidth else {
      throw RepVGGError(
        .invalidArgument,
        "images of \(source.height)x\(source.width) do not suit a network made for "
          + "\(network.imageHeight)x\(network.imageWidth)")
    }
    guard source.classCount == network.architecture.classCount else {
      throw RepVGGError(
        .invalidArgument,
        "\(source.classCount) classes do not suit a network of "
          + "\(network.architecture.classCount)")
    }
    guard source.count >= network.batchSize, data.test.count > 0 else {
      throw RepVGGError(
        .invalidArgument, "\(source.count) images are less than a batch of \(network.batchSize)")
    }
    guard (scales == nil) == (configuration.rule == nil) else {
      throw RepVGGError(.invalidArgument, "RepOptimizer needs both scales and a rule")
    }
    self.network = network
    self.data = data
    self.configuration = configuration
    let reparameterization = scales.flatMap { scales in
      configuration.rule.map { GradientReparameterization(scales: scales, rule: $0) }
    }
    optimizer = try Optimizer(
      network, configuration.optimizer, reparameterization: reparameterization,
      clippingNorm: configuration.clippingNorm)
    composer = try BatchComposer(
      source, channels: network.imageChannels, augmentation: configuration.augmentation,
      seed: configuration.seed)
    prefetcher = try BatchPrefetcher(composer, batchSize: network.batchSize)
    schedule = configuration.learningRates(stepsPerEpoch: source.count / network.batchSize)
    try schedule.validate()
  }

  /// Steps of an epoch; images that do not fill a batch are left out, other ones every time.
  public var stepsPerEpoch: Int { data.training.count / network.batchSize }

  /// Trains until all epochs are done, or until it is asked to stop.
  ///
  /// - Parameters:
  ///   - shouldStop: asked after every step.
  ///   - onEvent: called after every step and epoch; an error that it throws ends the run.
  /// - Returns: how the run ended.
  /// - Throws: `badData` with the step and the layer where the loss is not a number.
  public func run(
    shouldStop: () -> Bool = { false }, onEvent: (Event) throws -> Void = { _ in }
  ) throws -> Outcome {
    let runStart = clock.now
    var runSteps = 0
    while position.epoch < configuration.epochCount {
      let order = order(ofEpoch: position.epoch)
      let epochStart = clock.now
      let firstStep = position.step
      request(position.step, order)
      while position.step < stepsPerEpoch {
        let rate = schedule.rate(ofStep: optimizer.stepCount)
        let loss = try step(order, rate: rate)
        runSteps += 1
        let seconds = max(runStart.duration(to: clock.now).seconds, 1e-9)
        let stepsLeft = configuration.epochCount * stepsPerEpoch - optimizer.stepCount
        try onEvent(
          .step(
            TrainingProgress(
              epoch: position.epoch + 1, epochCount: configuration.epochCount,
              step: position.step, stepsPerEpoch: stepsPerEpoch, loss: loss,
              accuracy: Double(position.correctCount)
                / Double(position.step * network.batchSize), learningRate: rate,
              imagesPerSecond: Double(runSteps * network.batchSize) / seconds,
              remainingSeconds: Double(stepsLeft) * seconds / Double(runSteps))))
        if position.step < stepsPerEpoch, shouldStop() { return .interrupted }
      }
      let trained = (stepsPerEpoch - firstStep) * network.batchSize
      try finishEpoch(start: epochStart, trainedCount: trained, onEvent)
      if position.epoch < configuration.epochCount, shouldStop() { return .interrupted }
    }
    return .finished
  }

  private func finishEpoch(
    start: ContinuousClock.Instant, trainedCount: Int, _ onEvent: (Event) throws -> Void
  ) throws {
    let seconds = start.duration(to: clock.now).seconds
    let accuracy = try accuracy(on: data.test)
    let record = TrainingRecord(
      epoch: position.epoch + 1, step: optimizer.stepCount,
      learningRate: schedule.rate(ofStep: max(0, optimizer.stepCount - 1)),
      loss: position.lossSum / Double(stepsPerEpoch),
      trainingAccuracy: Double(position.correctCount)
        / Double(stepsPerEpoch * network.batchSize),
      testAccuracy: accuracy, imagesPerSecond: Double(trainedCount) / max(seconds, 1e-9),
      durationSeconds: start.duration(to: clock.now).seconds)
    records.append(record)
    position = Position()
    position.epoch = record.epoch
    try onEvent(.epoch(record))
  }

  /// The share of a source's images that the network classifies correctly, by running statistics.
  ///
  /// - Throws: what the source throws.
  public func accuracy(on source: any ImageSource) throws -> Double {
    let composer = try BatchComposer<Scalar>(
      source, channels: network.imageChannels, augmentation: .none, seed: 0)
    let graph = try network.evaluationGraph()
    let all = Array(0..<source.count)
    var correct = 0
    for begin in stride(from: 0, to: source.count, by: network.batchSize) {
      let indices = all[begin..<min(begin + network.batchSize, source.count)]
      let labels = try composer.compose(indices, epoch: 0, into: graph.input.base)
      graph.forward()
      correct += network.correctCount(UnsafeBufferPointer(graph.output), labels)
    }
    return Double(correct) / Double(source.count)
  }

  // MARK: - One step

  /// The order of an epoch's images: every time another one, always the same for the same seed.
  private func order(ofEpoch epoch: Int) -> [Int] {
    var random = SplitMix64(seed: configuration.seed, keys: 10, UInt64(epoch))
    return random.permutation(data.training.count)
  }

  private func request(_ step: Int, _ order: [Int]) {
    let size = network.batchSize
    prefetcher.request(order[step * size..<(step + 1) * size], epoch: position.epoch)
  }

  private func step(_ order: [Int], rate: Double) throws -> Double {
    let labels = try prefetcher.take(into: network.training.input)
    if position.step + 1 < stepsPerEpoch { request(position.step + 1, order) }
    let (loss, correct) = try network.trainingPass(
      labels: labels, labelSmoothing: configuration.labelSmoothing)
    guard loss.isFinite else { throw notFinite(loss) }
    optimizer.step(learningRate: rate)
    position.step += 1
    position.lossSum += loss
    position.correctCount += correct
    return loss
  }

  /// The error of a loss that is not a number, with the first layer that shows it.
  private func notFinite(_ loss: Double) -> RepVGGError {
    let place =
      network.firstNonFiniteTensor().map { "parameter '\($0)'" }
      ?? network.training.firstNonFiniteLayer().map { "layer '\($0)'" } ?? "the loss itself"
    return RepVGGError(
      .badData,
      "the loss is \(loss) at step \(optimizer.stepCount + 1) (epoch \(position.epoch + 1), batch "
        + "\(position.step + 1)); the first number that is not finite is in \(place); try a lower "
        + "learning rate")
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

extension TrainingNetwork {
  /// The first tensor of the state that holds what is not finite.
  func firstNonFiniteTensor() -> String? {
    store.entries.first { entry in
      entry.specification.role != .statistic
        && Scalar.kernels.firstNonFinite(entry.count, store.values.base + entry.offset) >= 0
    }?.name
  }
}
