import RepVGG

/// Where a batch norm's parameters, their gradients and its running statistics are stored.
package struct BatchNormSlots<Scalar: TrainingScalar> {
  package var weight: UnsafeMutablePointer<Scalar>
  package var bias: UnsafeMutablePointer<Scalar>
  package var weightGradient: UnsafeMutablePointer<Scalar>
  package var biasGradient: UnsafeMutablePointer<Scalar>
  package var runningMean: UnsafeMutablePointer<Scalar>
  package var runningVariance: UnsafeMutablePointer<Scalar>

  package init(
    weight: UnsafeMutablePointer<Scalar>,
    bias: UnsafeMutablePointer<Scalar>,
    weightGradient: UnsafeMutablePointer<Scalar>,
    biasGradient: UnsafeMutablePointer<Scalar>,
    runningMean: UnsafeMutablePointer<Scalar>,
    runningVariance: UnsafeMutablePointer<Scalar>
  ) {
    self.weight = weight
    self.bias = bias
    self.weightGradient = weightGradient
    self.biasGradient = biasGradient
    self.runningMean = runningMean
    self.runningVariance = runningVariance
  }
}

/// The sum of up to three batch-normalized branches, with a ReLU after it where asked.
///
/// Normalization, addition and activation are one pass over memory each way. One branch without
/// ReLU is a plain batch norm. Training normalizes by the batch's biased variance and moves the
/// running statistics by the unbiased one, as PyTorch does.
package final class BranchNormalization<Scalar: TrainingScalar> {
  package typealias Source = UnsafePointer<Scalar>
  package typealias Target = UnsafeMutablePointer<Scalar>

  /// Where the statistics come from.
  package enum Statistics { case batch, running }

  private let rows: Int
  private let channels: Int
  private let branches: [BatchNormSlots<Scalar>]
  private let appliesReLU: Bool
  private let statistics: Statistics
  private let settings: BatchNormSettings
  private let threads: TrainingThreads

  /// Per branch and channel: what the last forward pass used, in Double.
  private var mean: [Double]
  private var inverseDeviation: [Double]
  /// The same as the kernels read it: center and scale per branch, one bias for the sum.
  private let center: ScalarBuffer<Scalar>
  private let scale: ScalarBuffer<Scalar>
  private let bias: ScalarBuffer<Scalar>
  /// Per branch: the three coefficients of the input's gradient.
  private let coefficients: ScalarBuffer<Scalar>
  /// Per thread: moments or sums.
  private let partials: ScalarBuffer<Double>

  private static var rowGrain: Int { 64 }

  /// A sum of normalized branches over `rows` pixels of `channels`.
  ///
  /// - Throws: `invalidArgument` for a batch of one value per channel, which has no variance.
  package init(
    rows: Int, channels: Int, branches: [BatchNormSlots<Scalar>], appliesReLU: Bool,
    statistics: Statistics, settings: BatchNormSettings, threads: TrainingThreads
  ) throws {
    guard statistics == .running || rows > 1 else {
      throw RepVGGError(
        .invalidArgument,
        "batch norm needs more than one value per channel in training: use a larger batch or image")
    }
    self.rows = rows
    self.channels = channels
    self.branches = branches
    self.appliesReLU = appliesReLU
    self.statistics = statistics
    self.settings = settings
    self.threads = threads
    let count = branches.count * channels
    mean = [Double](repeating: 0, count: count)
    inverseDeviation = mean
    center = try ScalarBuffer(count: count)
    scale = try ScalarBuffer(count: count)
    bias = try ScalarBuffer(count: channels)
    coefficients = try ScalarBuffer(count: 3 * count)
    partials = try ScalarBuffer(count: threads.count * (2 * count + channels))
  }

  // MARK: - Forward

  /// `y = [relu](sum of the normalized inputs)`; moves the running statistics in training.
  package func forward(_ inputs: [Source], y: Target) {
    switch statistics {
    case .batch: for (branch, input) in inputs.enumerated() { measure(branch, input) }
    case .running: useRunningStatistics()
    }
    prepareScales()
    reapply(inputs, y: y)
  }

  /// The same result again, from the statistics of the last forward pass.
  package func reapply(_ inputs: [Source], y: Target) {
    threads.split(rows, grain: Self.rowGrain) { _, range in
      let offset = range.lowerBound * channels
      withPointers(inputs.map { $0 + offset }, pointers(to: scale)) { inputs, scales in
        Scalar.kernels.affineSum(
          range.count, channels, branches.count, inputs, scales, bias.base, appliesReLU ? 1 : 0,
          y + offset)
      }
    }
  }

  private func measure(_ branch: Int, _ input: Source) {
    var counts = [Int](repeating: 0, count: threads.count)
    counts.withUnsafeMutableBufferPointer { counts in
      threads.split(rows, grain: Self.rowGrain) { worker, range in
        let sums = partials.base + worker * 2 * channels
        counts[worker] = range.count
        Scalar.kernels.moments(
          input + range.lowerBound * channels, range.count, channels, sums, sums + channels)
      }
    }
    let slots = branches[branch]
    for channel in 0..<channels {
      var moments = (count: 0.0, mean: 0.0, deviation: 0.0)
      for worker in 0..<threads.count where counts[worker] > 0 {
        let sums = partials.base + worker * 2 * channels
        let count = Double(counts[worker])
        let difference = sums[channel] - moments.mean
        let total = moments.count + count
        moments.mean += difference * (count / total)
        moments.deviation +=
          sums[channels + channel] + difference * difference * (moments.count * count / total)
        moments.count = total
      }
      let variance = moments.deviation / moments.count
      let index = branch * channels + channel
      mean[index] = moments.mean
      inverseDeviation[index] = 1 / (variance + settings.epsilon).squareRoot()
      let unbiased = moments.deviation / (moments.count - 1)
      move(&slots.runningMean[channel], towards: moments.mean)
      move(&slots.runningVariance[channel], towards: unbiased)
    }
  }

  private func move(_ statistic: inout Scalar, towards value: Double) {
    statistic = Scalar(
      (1 - settings.momentum) * Double(statistic) + settings.momentum * value)
  }

  private func useRunningStatistics() {
    for (branch, slots) in branches.enumerated() {
      for channel in 0..<channels {
        let index = branch * channels + channel
        mean[index] = Double(slots.runningMean[channel])
        inverseDeviation[index] =
          1 / (Double(slots.runningVariance[channel]) + settings.epsilon).squareRoot()
      }
    }
  }

  private func prepareScales() {
    for channel in 0..<channels {
      var sum = 0.0
      for (branch, slots) in branches.enumerated() {
        let index = branch * channels + channel
        let factor = Double(slots.weight[channel]) * inverseDeviation[index]
        scale.base[index] = Scalar(factor)
        center.base[index] = Scalar(mean[index])
        sum += Double(slots.bias[channel]) - mean[index] * factor
      }
      bias.base[channel] = Scalar(sum)
    }
  }

  // MARK: - Backward

  /// The gradients of parameters and inputs; `dy` is masked by the ReLU in place.
  ///
  /// An output may be the memory of its own input.
  package func backward(_ inputs: [Source], dy: Target, outputs: [Target?]) {
    sumGradients(inputs, dy)
    for branch in branches.indices { prepareCoefficients(branch) }
    let wide = branches.count * channels
    threads.split(rows, grain: Self.rowGrain) { _, range in
      // Small runs of rows, so that dy stays in the first cache for all branches.
      let run = max(Self.rowGrain, 4096 / channels)
      for begin in stride(from: range.lowerBound, to: range.upperBound, by: run) {
        let offset = begin * channels
        for (branch, output) in outputs.enumerated() {
          guard let output else { continue }
          let index = branch * channels
          Scalar.kernels.affinePair(
            min(run, range.upperBound - begin), channels, dy + offset, inputs[branch] + offset,
            coefficients.base + index, coefficients.base + wide + index, center.base + index,
            coefficients.base + 2 * wide + index, 0, output + offset)
        }
      }
    }
  }

  /// Sums of dy, and of dy times each centered input, into the first thread's partials.
  private func sumGradients(_ inputs: [Source], _ dy: Target) {
    let width = (branches.count + 1) * channels
    partials.clear()
    threads.split(rows, grain: Self.rowGrain) { worker, range in
      let offset = range.lowerBound * channels
      let sums = partials.base + worker * width
      withPointers(
        inputs.map { $0 + offset }, pointers(to: scale), pointers(to: center)
      ) { inputs, scales, centers in
        Scalar.kernels.affineSumBackward(
          range.count, channels, branches.count, inputs, scales, bias.base, centers,
          appliesReLU ? 1 : 0, dy + offset, sums, sums + channels)
      }
    }
    for worker in 1..<max(threads.count, 1) {
      for index in 0..<width { partials.base[index] += partials.base[worker * width + index] }
    }
  }

  private func prepareCoefficients(_ branch: Int) {
    let slots = branches[branch]
    let wide = branches.count * channels
    let count = Double(rows)
    for channel in 0..<channels {
      let index = branch * channels + channel
      let sum = partials.base[channel]
      // The kernel's center is the mean, rounded: put back what that left out.
      let rounding = Double(center.base[index]) - mean[index]
      let product = partials.base[channels + index] + rounding * sum
      let inverse = inverseDeviation[index]
      slots.biasGradient[channel] = Scalar(sum)
      slots.weightGradient[channel] = Scalar(product * inverse)
      let factor = Double(slots.weight[channel]) * inverse
      let slope =
        statistics == .batch ? -factor * inverse * inverse * product / count : 0
      let constant = statistics == .batch ? -factor * sum / count : 0
      coefficients.base[index] = Scalar(factor)
      coefficients.base[wide + index] = Scalar(slope)
      coefficients.base[2 * wide + index] = Scalar(constant)
    }
  }

  private func pointers(to buffer: ScalarBuffer<Scalar>) -> [Source] {
    branches.indices.map { Source(buffer.base + $0 * channels) }
  }
}

/// What batch norm reads in addition to its parameters.
public struct BatchNormSettings: Sendable, Hashable, Codable {
  /// Added to the variance; not part of a state dict.
  public var epsilon: Double
  /// The share of the new batch in the running statistics.
  public var momentum: Double

  /// PyTorch's defaults, which the official code uses.
  public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }
}
