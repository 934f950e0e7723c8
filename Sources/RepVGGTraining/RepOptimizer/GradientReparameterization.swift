import RepVGG

/// What turns an optimizer into RepOptimizer: scales, and how they enter a step.
///
/// Training the plain network this way follows the network of scaled branches under the same
/// optimizer: exactly with SGD, but for AdamW's epsilon with absolute values, exactly again with
/// the rule `exact`.
public struct GradientReparameterization: Sendable, Hashable {
  /// How the scales enter a step.
  public enum Rule: Sendable, Hashable, Codable {
    /// As factors of the gradient, and with AdamW of the step.
    case multipliers(GradientMultiplierRule)
    /// AdamW on the raw gradient with the step m̂·Σ α²/(|α|√v̂ + ε) over the scales α at a tap.
    case exact
  }

  /// The scales of every block.
  public var scales: RepOptimizerScales
  /// How they enter a step.
  public var rule: Rule

  /// Scales under a rule.
  public init(scales: RepOptimizerScales, rule: Rule) {
    self.scales = scales
    self.rule = rule
  }

  /// Scales under the rule that follows the branches best with multipliers.
  public init(scales: RepOptimizerScales, for settings: OptimizerSettings) {
    switch settings {
    case .sgd: self.init(scales: scales, rule: .multipliers(.squares))
    case .adamW: self.init(scales: scales, rule: .multipliers(.absoluteValues))
    }
  }

  /// The factors of every convolution, by the position of its weight among the trained tensors.
  func buffers<Scalar: TrainingScalar>(
    for network: TrainingNetwork<Scalar>, _ settings: OptimizerSettings
  ) throws -> [Int: [ScalarBuffer<Scalar>]] {
    guard network.architecture.form == .plain else {
      throw RepVGGError(
        .invalidArgument, "RepOptimizer trains the plain network, not one with branches")
    }
    try checkRule(settings)
    var buffers: [Int: [ScalarBuffer<Scalar>]] = [:]
    let blocks = Dictionary(
      network.architecture.blocks.map { ("\($0.name).conv.weight", $0) },
      uniquingKeysWith: { first, _ in first })
    for (index, entry) in network.store.trainable.enumerated() {
      guard let block = blocks[entry.name] else { continue }
      let lists: [[Double]] =
        switch rule {
        case .multipliers(let rule): [try scales.multipliers(of: block, rule: rule)]
        case .exact: try scales.parts(of: block)
        }
      buffers[index] = try lists.map { values in
        let buffer = try ScalarBuffer<Scalar>(count: entry.count)
        network.store.store(
          values.map { Scalar($0) }, at: buffer.base, entry.specification.shape)
        return buffer
      }
    }
    return buffers
  }

  private func checkRule(_ settings: OptimizerSettings) throws {
    switch (settings, rule) {
    case (.sgd, .multipliers(.squares)), (.adamW, .multipliers(.absoluteValues)),
      (.adamW, .multipliers(.signedValues)), (.adamW, .exact):
      return
    case (.sgd, _):
      throw RepVGGError(.invalidArgument, "RepOptimizer with SGD multiplies by sums of squares")
    case (.adamW, _):
      throw RepVGGError(
        .invalidArgument, "RepOptimizer with AdamW multiplies by sums of the scales themselves")
    }
  }
}
