import Measurement
import Testing

@Suite struct VerdictTests {
  private func judge(
    _ lower: Double, _ ratio: Double, _ upper: Double, samples: Int = 30,
    noise: NoiseVerdict? = nil
  ) -> Judgement {
    VerdictRule(tolerance: 0.05, minimumSampleCount: 9).judge(
      RatioEstimate(ratio: ratio, lower: lower, upper: upper), sampleCount: samples, noise: noise)
  }

  @Test func verdictsByInterval() {
    #expect(judge(1.06, 1.1, 1.2).verdict == .faster)
    #expect(judge(1.04, 1.1, 1.2).verdict == .undecided)
    #expect(judge(0.99, 1.0, 1.02).verdict == .noDifference)
    // A slowdown of 1 / 0.94 = 1.064 at least.
    #expect(judge(0.90, 0.92, 0.94).verdict == .slower)
    // 1 / 0.96 = 1.042 lies within the tolerance.
    #expect(judge(0.90, 0.92, 0.96).verdict == .undecided)
    #expect(judge(0.5, 1, 2).verdict == .undecided)
  }

  @Test func gatesByInterval() {
    #expect(judge(0.90, 0.92, 0.94).gate == .regressed)
    #expect(judge(0.90, 0.92, 0.96).gate == .undecided)
    #expect(judge(0.96, 1.1, 1.2).gate == .passed)
    #expect(judge(1.1, 1.2, 1.3).gate == .passed)
    #expect(GateOutcome.passed.exitCode == 0)
    #expect(GateOutcome.regressed.exitCode == 2)
    #expect(GateOutcome.undecided.exitCode == 3)
  }

  @Test func fewSamplesNoiseAndNonsenseDecideNothing() {
    #expect(judge(0.5, 0.5, 0.5, samples: 8).gate == .undecided)
    #expect(judge(0.5, 0.5, 0.5, samples: 9).gate == .regressed)
    let wait = NoiseInterval(
      from: NoiseReading(timeNanoseconds: 0, pressureMicroseconds: 0),
      to: NoiseReading(timeNanoseconds: 1_000_000_000, pressureMicroseconds: 500_000))
    let noisy = NoiseVerdict([wait], limits: NoiseLimits())
    let quiet = NoiseVerdict([wait], limits: .none)
    #expect(judge(0.5, 0.5, 0.5, noise: noisy).gate == .undecided)
    #expect(judge(0.5, 0.5, 0.5, noise: quiet).gate == .regressed)
    #expect(judge(.nan, 1, 1).gate == .undecided)
    #expect(judge(0, 1, 1).gate == .undecided)
    #expect(judge(1.2, 1, 0.9).gate == .undecided)
  }

  @Test func aDifferenceMustRepeat() {
    let slow = judge(0.90, 0.92, 0.94)
    let same = judge(0.99, 1.0, 1.02)
    let open = judge(0.5, 1, 2)
    #expect(slow.confirmed(by: slow).gate == .regressed)
    #expect(slow.confirmed(by: slow).verdict == .slower)
    #expect(slow.confirmed(by: same).gate == .undecided)
    #expect(slow.confirmed(by: same).verdict == .undecided)
    #expect(same.confirmed(by: open).gate == .passed)
    #expect(open.confirmed(by: open).gate == .undecided)
  }

  @Test func reasonsNameTheFigures() {
    #expect(
      judge(1.06, 1.1, 1.2).reason
        == "ratio 1.100, 95 % interval 1.060 to 1.200, tolerance 5 %")
    #expect(judge(1, 1, 1, samples: 2).reason == "2 samples are fewer than 9")
  }
}
