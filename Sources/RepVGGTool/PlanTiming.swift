import Measurement
import RepVGG

/// Times two plans of a network as the bench times forms: in turn, with an interval of the ratio
/// and a verdict on the machine.
struct PlanTiming {
  /// The difference that a trial must show, and the one that a choice must show to be kept.
  private static let tolerance = 0.005
  /// How much longer than a trial a choice to be kept is timed.
  private static let confirmationFactor: UInt64 = 10

  /// How long each plan runs in a trial, in nanoseconds.
  let minimumNanoseconds: UInt64
  let readNoise: () -> NoiseReading
  let isInterrupted: () -> Bool

  /// Compares two plans, each passed as a closure that runs it once.
  ///
  /// - Throws: What a run throws.
  func compare(
    _ purpose: PlanTuner.Purpose, _ baseline: () throws(RepVGGError) -> Void,
    _ candidate: () throws(RepVGGError) -> Void
  ) throws(RepVGGError) -> PlanTuner.Comparison {
    do {
      // They do not outlive the call: the driver has no work of its own afterwards.
      return try withoutActuallyEscaping(baseline) { baseline in
        try withoutActuallyEscaping(candidate) { candidate in
          try compared(
            purpose,
            [
              MeasurementCandidate(name: "baseline", body: baseline),
              MeasurementCandidate(name: "candidate", body: candidate),
            ])
        }
      }
    } catch let error as RepVGGError {
      throw error
    } catch {
      throw RepVGGError(.internalInconsistency, "plans cannot be compared: \(error)")
    }
  }

  private func compared(
    _ purpose: PlanTuner.Purpose, _ candidates: [MeasurementCandidate]
  ) throws -> PlanTuner.Comparison {
    let driver = InterleavedDriver(
      settings: settings(purpose), readNoise: readNoise, isInterrupted: isInterrupted)
    let result = try driver.measure(candidates)
    let medians = result.series.map { $0.summary?.median ?? .nan }
    func comparison(
      _ verdict: PlanTuner.Comparison.Verdict, _ reason: String
    ) -> PlanTuner.Comparison {
      PlanTuner.Comparison(
        verdict, reason: reason, baselineNanoseconds: medians[0],
        candidateNanoseconds: medians[1])
    }
    guard !result.isInterrupted, let count = result.series.first?.samplesNanoseconds.count,
      count > 0
    else { return comparison(.undecided, "it was interrupted") }
    let paired = try result.comparison(baseline: 0, candidate: 1)
    let judgement = VerdictRule(tolerance: Self.tolerance)
      .judge(paired.ratioOfMedians, sampleCount: count, noise: result.noise)
    switch judgement.verdict {
    case .faster: return comparison(.faster, judgement.reason)
    case .slower, .noDifference: return comparison(.notFaster, judgement.reason)
    case .undecided:
      // In a trial an interval around the limit is conclusive: the difference is not worth having.
      let isTooSmall = purpose == .trial && result.noise.state != .noisy && count >= 9
      return comparison(isTooSmall ? .notFaster : .undecided, judgement.reason)
    }
  }

  private func settings(_ purpose: PlanTuner.Purpose) -> MeasurementSettings {
    let time = minimumNanoseconds * (purpose == .trial ? 1 : Self.confirmationFactor)
    var settings = MeasurementSettings()
    settings.minimumTimeNanoseconds = time
    settings.minimumIterations = purpose == .trial ? 10 : 20
    settings.maximumTimeNanoseconds = max(1_000_000_000, 8 * time)
    settings.warmUpMinimumNanoseconds = time / 4
    settings.warmUpMaximumNanoseconds = max(100_000_000, time)
    settings.blockNanoseconds = min(250_000_000, max(20_000_000, time))
    return settings
  }
}
