import CommandLineKit
import RepVGG
import RepVGGTraining
import TextFormats

/// `repvgg-bench equivalence`: RepOptimizer compared with the scaled branches that it replaces.
enum EquivalenceBench {
  /// Which optimizer both networks have, and how the scales enter the plain one's steps.
  enum Rule: String, CaseIterable, Sendable {
    case sgd
    case adamw
    case adamwExact = "adamw-exact"
    case adamwSigned = "adamw-signed"

    var settings: OptimizerSettings {
      self == .sgd ? .sgd(SGDSettings(weightDecay: 0.01)) : .adamW(AdamWSettings())
    }

    var reparameterization: GradientReparameterization.Rule {
      switch self {
      case .sgd: .multipliers(.squares)
      case .adamw: .multipliers(.absoluteValues)
      case .adamwExact: .exact
      case .adamwSigned: .multipliers(.signedValues)
      }
    }

    var learningRate: Double { self == .sgd ? 0.05 : 2e-3 }
  }

  private static let rule = Option(
    "rule",
    .oneOfCases("RULE") { (rule: Rule) in
      switch rule {
      case .sgd: "sums of squares, SGD with Nesterov momentum and decay"
      case .adamw: "sums of absolute values, AdamW"
      case .adamwExact: "every scale's own AdamW step, summed"
      case .adamwSigned: "signed sums as the official code has them"
      }
    }, default: Rule.sgd, help: "The optimizer and its rule.")
  private static let steps = Option(
    "steps", .integer(1...100_000), default: 10, help: "Optimizer steps.")

  static let command = Command(
    "equivalence", summary: "How far RepOptimizer and the scaled branches drift apart",
    discussion: """
      Trains a small network with constant scales of both signs, and the plain network by \
      RepOptimizer, on the same random batches in Float64, and prints the relative L2 difference \
      of all weights and statistics after every step.
      """,
    arguments: [rule, steps, BenchArguments.seed, BenchArguments.format],
    examples: [Command.Example("repvgg-bench equivalence --format json", "for a program")]
  ) { arguments in
    let rule = arguments[rule]
    let differences = try EquivalenceExperiment(
      settings: rule.settings, rule: rule.reparameterization, learningRate: rule.learningRate,
      stepCount: arguments[steps], seed: arguments[BenchArguments.seed]
    ).relativeDifferenceByStep()
    let system = BenchSystem.description()
    if arguments[BenchArguments.format] == .json {
      let report: JSONValue = [
        "schema_version": 1, "experiment": "equivalence",
        "started_at": .string(BenchSystem.startedAt), "system": BenchSystem.json(system),
        "rule": .string(rule.rawValue), "element_type": "float64",
        "learning_rate": .double(rule.learningRate),
        "seed": JSONValue(arguments[BenchArguments.seed]),
        "relative_difference_by_step": JSONValue(differences),
      ]
      try StandardOutput.write(JSONWriter().text(report) + "\n")
      return .success
    }
    var table = TextTable("step", "relative difference")
    for (index, difference) in differences.enumerated() {
      table.append(["\(index + 1)", "\(Float(difference))"])
    }
    switch arguments[BenchArguments.format] {
    case .csv: try StandardOutput.write(table.csv())
    case .md: try StandardOutput.write(BenchSystem.markdownHeader(system) + "\n" + table.markdown())
    default: try StandardOutput.write(BenchSystem.header(system) + "\n" + table.text())
    }
    return .success
  }
}
