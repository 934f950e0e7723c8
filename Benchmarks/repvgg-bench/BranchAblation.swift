import CommandLineKit
import Measurement
import RepVGG

/// Parallelism: what each branch of a block costs, in the manner of RepVGG's branch ablation.
enum BranchAblation {
  /// The branches in addition to the 3x3 convolution.
  private enum Branches: String, CaseIterable {
    case none, identity
    case pointwise = "1x1"
    case both = "1x1 and identity"

    /// Whether a branch of the sum stays: the 3x3 always does.
    func keeps(_ branch: LinearExpression) -> Bool {
      switch branch {
      case .batchNorm: self == .identity || self == .both
      case .sequence(let parts):
        if case .convolution(let convolution)? = parts.first, convolution.kernelSize == 1 {
          self == .pointwise || self == .both
        } else {
          true
        }
      default: true
      }
    }

    /// A network with these branches only.
    func applied(to network: Network) -> Network {
      var result = network
      for index in result.nodes.indices {
        guard case .linear(.sum(let branches)) = result.nodes[index].operation else { continue }
        result.nodes[index].operation = .linear(.sum(branches.filter(keeps)))
      }
      return result
    }
  }

  static func section(_ context: ClaimContext) throws -> ReportSection {
    let architecture = try context.architecture()
    var section = ReportSection(
      "branches", title: "Parallelism: branches of \(architecture.name)",
      columns: [
        ReportColumn("branches", "branches"), ReportColumn("form", "form"),
        ReportColumn("time_ns", "ms", scale: 1e-6),
        ReportColumn("images_per_second", "images/s", digits: 1),
        ReportColumn("relative_time", "time / none"),
        ReportColumn("model", "model", isForProgramsOnly: true),
      ])
    let network = Network(architecture, seed: context.seed)
    let edge = architecture.inputSize
    var costs: [Form: Double] = [:]
    var verdicts: [NoiseVerdict] = []
    for form in [Form.branched, .folded] {
      let prepared = try Branches.allCases.map { branches in
        try PreparedScenario(
          Scenario(
            source: .seeded(architecture, seed: context.seed), form: form, batch: 1,
            threadCount: context.threadCount, size: PixelSize(height: edge, width: edge),
            pinning: context.pinning), network: branches.applied(to: network))
      }
      let (times, noise) = try context.medians(
        zip(Branches.allCases, prepared).map { branches, scenario in
          (branches.rawValue, { try scenario.run() })
        })
      for (branches, time) in zip(Branches.allCases, times) {
        section.rows.append([
          .string(branches.rawValue), .string(form.rawValue), .double(time), .double(1e9 / time),
          .double(time / times[0]), .string(architecture.name),
        ])
      }
      costs[form] = (times.last ?? .nan) / times[0]
      verdicts.append(noise)
    }
    section.judge(verdicts)
    let (literal, folded) = (costs[.branched] ?? .nan, costs[.folded] ?? .nan)
    let figures =
      "both together take \(literal.inWords) times as long as no branch as trained, and"
      + " \(folded.inWords) times with batch norms folded"
    section.verdict =
      min(literal, folded) > 1.05
      ? "Branches cost time in both forms: \(figures)."
      : max(literal, folded) > 1.05
        ? "Branches cost time in one of the forms only: \(figures)."
        : "Branches cost no time here: \(figures), against the claim."
    return section
  }
}
