import RepVGG

/// How a network is trained: everything that the result depends on but the network and the data.
public struct TrainingConfiguration: Sendable, Hashable, Codable {
  /// Passes over the training set.
  public var epochCount: Int
  /// The optimizer and its numbers.
  public var optimizer: OptimizerSettings
  /// The learning rate that the schedule starts from.
  public var learningRate: Double
  /// The learning rate that the cosine ends at.
  public var minimumLearningRate: Double
  /// The schedule's shape.
  public var schedule: LearningRateSchedule.Shape
  /// Epochs in which the learning rate rises from 0.
  public var warmupEpochCount: Int
  /// The share of the target that is spread over all classes.
  public var labelSmoothing: Double
  /// The norm that gradients are cut to; nil for none.
  public var clippingNorm: Double?
  /// What is done to training images.
  public var augmentation: Augmentation
  /// What the order of the images and their changes depend on.
  public var seed: UInt64
  /// How RepOptimizer enters a step; nil for an ordinary optimizer.
  ///
  /// The scales are the trainer's.
  public var rule: GradientReparameterization.Rule?

  /// A configuration; the defaults are the digits' recipe.
  public init(
    epochCount: Int = 15, optimizer: OptimizerSettings = .sgd(SGDSettings()),
    learningRate: Double = 0.05, minimumLearningRate: Double = 0,
    schedule: LearningRateSchedule.Shape = .cosine, warmupEpochCount: Int = 0,
    labelSmoothing: Double = 0, clippingNorm: Double? = nil, augmentation: Augmentation = .none,
    seed: UInt64 = 0, rule: GradientReparameterization.Rule? = nil
  ) {
    self.epochCount = epochCount
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.minimumLearningRate = minimumLearningRate
    self.schedule = schedule
    self.warmupEpochCount = warmupEpochCount
    self.labelSmoothing = labelSmoothing
    self.clippingNorm = clippingNorm
    self.augmentation = augmentation
    self.seed = seed
    self.rule = rule
  }

  /// Checks the numbers.
  ///
  /// - Throws: `invalidArgument` with the one that is out of range.
  public func validate() throws {
    guard (1...1_000_000).contains(epochCount) else {
      throw RepVGGError(.invalidArgument, "\(epochCount) epochs are out of range")
    }
    guard (0..<1).contains(labelSmoothing) else {
      throw RepVGGError(.invalidArgument, "label smoothing must be in 0..<1")
    }
    guard (0...epochCount).contains(warmupEpochCount) else {
      throw RepVGGError(
        .invalidArgument, "\(warmupEpochCount) epochs of warm-up do not fit \(epochCount)")
    }
    try optimizer.validate()
  }

  /// The learning rates of a run of so many steps an epoch.
  func learningRates(stepsPerEpoch: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      shape: schedule, base: learningRate, minimum: minimumLearningRate,
      warmupStepCount: warmupEpochCount * stepsPerEpoch, stepCount: epochCount * stepsPerEpoch)
  }
}

/// One line of a training log: what an epoch came to.
public struct TrainingRecord: Sendable, Hashable, Codable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Optimizer steps up to its end.
  public var step: Int
  /// The learning rate of its last step.
  public var learningRate: Double
  /// The mean loss of its batches.
  public var loss: Double
  /// The share of its images that were classified correctly while training.
  public var trainingAccuracy: Double
  /// The share of the test images that are classified correctly after it.
  public var testAccuracy: Double
  /// Images a second, of training alone.
  public var imagesPerSecond: Double
  /// Seconds of training and testing.
  public var durationSeconds: Double
}

/// How far a run is, after every step.
public struct TrainingProgress: Sendable, Hashable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Epochs in all.
  public var epochCount: Int
  /// Steps made in this epoch.
  public var step: Int
  /// Steps of an epoch.
  public var stepsPerEpoch: Int
  /// The loss of the last batch.
  public var loss: Double
  /// The share of this epoch's images that were classified correctly so far.
  public var accuracy: Double
  /// The learning rate of the last step.
  public var learningRate: Double
  /// Images a second since the run was started or resumed.
  public var imagesPerSecond: Double
  /// Seconds that the remaining steps will take at that rate.
  public var remainingSeconds: Double
}
