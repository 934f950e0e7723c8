import CommandLineKit
import Measurement
import TextFormats

/// Judged pairs of scenarios, what is printed of them, and the exit code that they deserve.
struct ComparedScenarios {
  static let tolerance = Option(
    "tolerance", .number(0...10), default: 0.03,
    help: "The relative difference that does not matter: 0.03 is 3 %.")

  private var section: ReportSection
  private var outcomes: [GateOutcome] = []

  init(title: String) {
    section = ReportSection(
      "comparison", title: title,
      columns: [
        ReportColumn("scenario", "scenario"),
        ReportColumn("old_median_ns", "old ms", scale: 1e-6, digits: 3),
        ReportColumn("new_median_ns", "new ms", scale: 1e-6, digits: 3),
        ReportColumn("ratio", "old / new", digits: 3),
        ReportColumn("ci95_lower", "from", digits: 3), ReportColumn("ci95_upper", "to", digits: 3),
        ReportColumn("verdict", "verdict"), ReportColumn("gate", "gate"),
        ReportColumn("reason", "reason", isForProgramsOnly: true),
      ])
  }

  /// Adds a judged pair.
  mutating func append(
    _ key: ScenarioKey, old: [Double], new: [Double], _ comparison: IndependentComparison,
    _ judgement: Judgement
  ) {
    let ratio = comparison.ratioOfMedians
    outcomes.append(judgement.gate)
    section.rows.append([
      .string(key.description), JSONValue(SampleSummary(old)?.median),
      JSONValue(SampleSummary(new)?.median), .double(ratio.ratio), .double(ratio.lower),
      .double(ratio.upper), .string(judgement.verdict.rawValue),
      .string(judgement.gate.rawValue), .string(judgement.reason),
    ])
  }

  mutating func note(_ text: String) { section.notes.append(text) }

  /// Leaves everything undecided, whatever the figures say.
  mutating func leaveUndecided(_ reason: String) {
    section.notes.append(reason)
    outcomes = outcomes.map { _ in .undecided }
  }

  /// Regressed if one did, else undecided if one is, else passed.
  var outcome: GateOutcome {
    if outcomes.contains(.regressed) { return .regressed }
    return outcomes.isEmpty || outcomes.contains(.undecided) ? .undecided : .passed
  }

  /// Prints the comparison.
  ///
  /// - Returns: 0, 2 for a regression, 3 where the figures do not decide.
  func finish(_ name: String, _ arguments: Arguments) throws -> ExitCode {
    var report = ExperimentReport(name, arguments)
    var section = section
    let faster = section.rows.count { $0[6] == .string(Verdict.faster.rawValue) }
    let slower = section.rows.count { $0[6] == .string(Verdict.slower.rawValue) }
    section.verdict =
      "\(outcome.rawValue): of \(section.rows.count) scenarios \(faster) faster, \(slower) slower."
    report.fields["outcome"] = .string(outcome.rawValue)
    report.sections = [section]
    try report.write()
    return ExitCode(rawValue: outcome.exitCode) ?? .internalError
  }
}
