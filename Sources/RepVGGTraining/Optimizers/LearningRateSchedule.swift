import Foundation
import RepVGG

/// The learning rate by step, as the official training code sets it.
public struct LearningRateSchedule: Sendable, Hashable, Codable {
  /// The shape after the warm-up.
  public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
    /// Half a cosine from the base to the minimum.
    case cosine
    /// A line from the base to a hundredth of it.
    case linear
    /// The base throughout.
    case constant
  }

  /// The shape after the warm-up.
  public var shape: Shape
  /// The rate that the warm-up reaches.
  public var base: Double
  /// The rate that the cosine ends at.
  public var minimum: Double
  /// The rate that the warm-up starts from.
  public var warmupStart: Double
  /// Steps of the warm-up.
  public var warmupStepCount: Int
  /// Steps in all.
  public var stepCount: Int

  /// A schedule over a number of steps.
  public init(
    shape: Shape = .cosine, base: Double, minimum: Double = 0, warmupStart: Double = 0,
    warmupStepCount: Int = 0, stepCount: Int
  ) {
    self.shape = shape
    self.base = base
    self.minimum = minimum
    self.warmupStart = warmupStart
    self.warmupStepCount = warmupStepCount
    self.stepCount = stepCount
  }

  /// Checks the numbers.
  ///
  /// - Throws: `invalidArgument` with the one that is out of range.
  public func validate() throws {
    guard [base, minimum, warmupStart].allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw RepVGGError(.invalidArgument, "learning rates must not be negative")
    }
    guard stepCount > 0, (0...stepCount).contains(warmupStepCount) else {
      throw RepVGGError(
        .invalidArgument, "a warm-up of \(warmupStepCount) steps does not fit \(stepCount) steps")
    }
  }

  /// The rate that the scheduler sets at its update number `update`.
  ///
  /// The cosine is not shifted by the warm-up: it continues where it would be without one.
  public func rate(atUpdate update: Int) -> Double {
    let step = Double(update)
    if update < warmupStepCount {
      return warmupStart + step * (base - warmupStart) / Double(warmupStepCount)
    }
    switch shape {
    case .constant: return base
    case .cosine:
      let angle = Double.pi * min(1, step / Double(max(stepCount, 1)))
      return minimum + 0.5 * (base - minimum) * (1 + cos(angle))
    case .linear:
      let length = Double(max(stepCount - warmupStepCount, 1))
      return base - 0.99 * base * (step - Double(warmupStepCount)) / length
    }
  }

  /// The rate that optimizer step `step`, from 0, uses.
  ///
  /// The official loop updates the scheduler after a step; a step therefore has the rate of the
  /// update before it, and the first step the start.
  public func rate(ofStep step: Int) -> Double { rate(atUpdate: max(0, step - 1)) }
}
