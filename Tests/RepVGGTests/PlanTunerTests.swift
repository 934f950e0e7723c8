import Foundation
import RepVGG
import TestSupport
import Testing

/// What a search keeps, by what its trials show.
@Suite struct PlanTunerTests {
  private static let options = PlanOptions()

  private static func network() throws -> Network {
    try Network(contentsOf: Fixture.root.appending(path: "tiny/train.safetensors").path)
  }

  private static func initial() throws -> [ConvolutionLayer: ConvolutionChoice] {
    let input = try InputShape(height: 32, width: 32)
    let layers = try Plan.convolutionLayers(network(), input: input, options: options)
      .map { $0.layer }
    return Dictionary(
      zip(layers, try ConvolutionPlanner(options: options).choices(layers)),
      uniquingKeysWith: { first, _ in first })
  }

  /// A search whose trials show what a function says of their number, from 0.
  private static func search(
    cancellation: Cancellation = .never,
    confirmation: PlanTuner.Comparison.Verdict = .faster,
    _ trial: (Int) -> PlanTuner.Comparison.Verdict
  ) throws -> (outcome: PlanTuner.Outcome, trialCount: Int) {
    var count = 0
    let outcome = try PlanTuner(
      network: network(), input: InputShape(height: 32, width: 32), options: options,
      cancellation: cancellation
    ).tune(
      candidateCount: 3,
      compare: { purpose, baseline, candidate throws(RepVGGError) in
        try baseline()
        try candidate()
        let verdict = purpose == .confirmation ? confirmation : trial(count)
        if purpose == .trial { count += 1 }
        // Times are for people: what they say does not decide.
        return PlanTuner.Comparison(
          verdict, reason: "said so", baselineNanoseconds: 37e6, candidateNanoseconds: 3e4)
      })
    return (outcome, count)
  }

  @Test func whatIsUndecidedIsNotKept() throws {
    let (outcome, count) = try Self.search { _ in .undecided }
    #expect(count > 4)
    guard case .undecided(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason == "\(count) of \(count) trials, the last one because said so")
  }

  @Test func whatIsFasterInTrialsHasToBeConfirmed() throws {
    let undecided = try Self.search(confirmation: .undecided) { _ in .faster }.outcome
    guard case .undecided = undecided else {
      Issue.record("\(undecided)")
      return
    }
    let refuted = try Self.search(confirmation: .notFaster) { _ in .faster }.outcome
    guard case .unchanged(let choices) = refuted else {
      Issue.record("\(refuted)")
      return
    }
    #expect(choices == (try Self.initial()))
  }

  @Test func whatIsFasterForCertainIsKept() throws {
    let outcome = try Self.search { $0 == 0 ? .faster : .notFaster }.outcome
    guard case .faster(let choices, let comparison) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let initial = try Self.initial()
    #expect(choices.count == initial.count)
    #expect(Set(choices.filter { initial[$0.key] != $0.value }.values).count == 1)
    #expect(comparison.candidateNanoseconds == 3e4)
  }

  /// As in a measurement, a quarter of the parts may be disturbed.
  @Test func withoutAnythingFasterTheFirstPlanStays() throws {
    for doubtful in [0, 1] {
      let outcome = try Self.search { $0 < doubtful ? .undecided : .notFaster }.outcome
      guard case .unchanged(let choices) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(choices == (try Self.initial()))
    }
  }

  @Test func aSearchThatIsStoppedKeepsNothing() throws {
    let error = #expect(throws: RepVGGError.self) {
      try Self.search(cancellation: Cancellation { true }) { _ in .faster }
    }
    #expect(error?.kind == .cancelled)
  }
}
