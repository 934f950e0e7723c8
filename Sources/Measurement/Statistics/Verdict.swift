/// What a comparison shows about the candidate.
package enum Verdict: String, Sendable, Hashable, CaseIterable {
  /// It is faster by more than the tolerance, whatever the interval's bound.
  case faster
  /// It is slower by more than the tolerance, whatever the interval's bound.
  case slower
  /// The whole interval is within the tolerance.
  case noDifference = "no difference"
  /// The interval allows more than one of these, or the samples do not allow a judgement.
  case undecided
}

/// What a regression gate does with a comparison.
package enum GateOutcome: String, Sendable, Hashable, CaseIterable {
  /// A slowdown beyond the tolerance is ruled out.
  case passed
  /// A slowdown beyond the tolerance is certain.
  case regressed
  /// Neither: too noisy, too few samples, or an interval that spans the limit.
  case undecided

  /// The exit code of the command-line tools: 0, 2 or 3.
  package var exitCode: Int32 {
    switch self {
    case .passed: 0
    case .regressed: 2
    case .undecided: 3
    }
  }
}

/// A verdict with its reason.
package struct Judgement: Sendable, Hashable {
  /// What the comparison shows.
  package let verdict: Verdict
  /// What a gate does with it.
  package let gate: GateOutcome
  /// Why, a clause for a person.
  package let reason: String

  /// The judgement of two batches of the same comparison: a difference counts only if it repeats.
  ///
  /// A gate fails only if both batches regressed and passes if either one rules a regression out and
  /// the other does not claim one.
  package func confirmed(by repetition: Judgement) -> Judgement {
    let agrees = verdict == repetition.verdict
    let gates = [gate, repetition.gate]
    let both: GateOutcome
    if gates.allSatisfy({ $0 == .regressed }) {
      both = .regressed
    } else if gates.contains(.passed) && !gates.contains(.regressed) {
      both = .passed
    } else {
      both = .undecided
    }
    return Judgement(
      verdict: agrees ? verdict : .undecided, gate: both,
      reason: agrees
        ? "\(reason); repeated: \(repetition.reason)"
        : "not repeated: first \(reason), then \(repetition.reason)")
  }
}

/// When a difference counts.
package struct VerdictRule: Sendable, Hashable {
  /// The relative difference that does not matter, such as 0.03; at least 0.
  package var tolerance: Double
  /// The least number of pairs (or of samples in the shorter list) for any verdict.
  package var minimumSampleCount: Int

  /// A rule; the defaults are 3 % and nine samples, the fewest with which the U test is worth doing.
  package init(tolerance: Double = 0.03, minimumSampleCount: Int = 9) {
    self.tolerance = tolerance
    self.minimumSampleCount = minimumSampleCount
  }

  /// Judges a ratio of baseline time over candidate time.
  ///
  /// The gate fails only if the lower bound of the slowdown exceeds 1 + tolerance; it passes if the
  /// upper bound does not; else, and where samples are too few or the machine too noisy, it is
  /// undecided.
  ///
  /// - Parameters:
  ///   - estimate: the ratio and its interval.
  ///   - sampleCount: how many samples it rests on.
  ///   - noise: the verdict on the machine during the run; one that says `noisy` leaves everything
  ///     undecided.
  /// - Returns: the verdict, what a gate does, and why.
  package func judge(
    _ estimate: RatioEstimate, sampleCount: Int, noise: NoiseVerdict? = nil
  ) -> Judgement {
    guard sampleCount >= minimumSampleCount else {
      return undecided("\(sampleCount) samples are fewer than \(minimumSampleCount)")
    }
    if let noise, noise.state == .noisy { return undecided("the machine was noisy: \(noise.text)") }
    let values = [estimate.ratio, estimate.lower, estimate.upper]
    guard values.allSatisfy({ $0.isFinite && $0 > 0 }), estimate.lower <= estimate.upper,
      tolerance.isFinite, tolerance >= 0
    else { return undecided("the ratio has no usable interval") }
    let limit = 1 + tolerance
    let slowdown = estimate.slowdown
    let gate: GateOutcome
    if slowdown.lower > limit {
      gate = .regressed
    } else if slowdown.upper <= limit {
      gate = .passed
    } else {
      gate = .undecided
    }
    let verdict: Verdict
    if slowdown.lower > limit {
      verdict = .slower
    } else if estimate.lower > limit {
      verdict = .faster
    } else if slowdown.upper <= limit && estimate.upper <= limit {
      verdict = .noDifference
    } else {
      verdict = .undecided
    }
    let percent = estimate.confidence.percentage
    return Judgement(
      verdict: verdict, gate: gate,
      reason: "ratio \(estimate.ratio.fixed(digits: 3)), \(percent) interval "
        + "\(estimate.lower.fixed(digits: 3)) to \(estimate.upper.fixed(digits: 3))"
        + ", tolerance \(tolerance.percentage)")
  }

  private func undecided(_ reason: String) -> Judgement {
    Judgement(verdict: .undecided, gate: .undecided, reason: reason)
  }
}
