/// Whether the machine was quiet enough to believe what was measured.
package struct NoiseVerdict: Sendable, Hashable {
  /// How noisy the machine was.
  package enum State: String, Sendable, Hashable, CaseIterable {
    /// At most a quarter of the blocks exceeded a limit; those were left out.
    case quiet
    /// More than a quarter of the blocks exceeded a limit.
    case noisy
    /// The system reports nothing about its noise.
    case unknown
  }

  package let state: State
  /// How many blocks were judged.
  package let blockCount: Int
  /// How many of them exceeded a limit.
  package let rejectedCount: Int
  /// The verdict and its reason as a clause for a person.
  package let text: String

  /// The verdict on blocks of a measurement.
  package init(_ intervals: [NoiseInterval], limits: NoiseLimits) {
    let violations = intervals.map { $0.violations(of: limits) }
    let rejected = violations.filter { !$0.isEmpty }
    blockCount = intervals.count
    rejectedCount = rejected.count
    guard intervals.contains(where: \.isKnown) else {
      state = .unknown
      text = "unknown: the system does not report steal, pressure or context switches"
      return
    }
    if rejected.isEmpty {
      state = .quiet
      text = "quiet"
    } else {
      state = rejected.count * 4 > intervals.count ? .noisy : .quiet
      let share = "\(rejected.count) of \(intervals.count) blocks disturbed"
      let worst = rejected.max { $0.count < $1.count } ?? []
      text = "\(state.rawValue): \(share), such as one in which \(worst.joined(separator: ", "))"
    }
  }

  /// A verdict over several measurements: noisy if one was, else unknown if one is, else quiet.
  package init(combining verdicts: [NoiseVerdict]) {
    blockCount = verdicts.reduce(0) { $0 + $1.blockCount }
    rejectedCount = verdicts.reduce(0) { $0 + $1.rejectedCount }
    let decisive =
      verdicts.first { $0.state == .noisy } ?? verdicts.first { $0.state == .unknown }
      ?? verdicts.first
    state = decisive?.state ?? .unknown
    text = decisive?.text ?? "unknown: nothing was measured"
  }
}
