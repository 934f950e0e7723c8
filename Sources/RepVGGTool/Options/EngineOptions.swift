import CommandLineKit
import RepVGG

/// Options for how the engine computes, for every command that runs a network.
enum EngineOptions {
  static let policy = Option(
    "policy",
    .oneOfCases("POLICY") { (policy: Policy) in
      switch policy {
      case .fast: "the fastest algorithms"
      case .exact: "direct algorithms alone: the smallest rounding errors"
      case .compact: "packed weights at most 1.1 times the plain ones"
      }
    }, default: Policy.fast, help: "What speed may cost.")

  static let algorithm = Option(
    "algorithm",
    .oneOfCases("ALGORITHM") { (algorithm: Algorithm) in
      switch algorithm {
      case .auto: "the best for every layer"
      case .winograd: "Winograd's minimal filtering where it fits"
      case .direct: "direct convolution over packed weights"
      case .im2col: "im2col and sgemm"
      }
    }, default: Algorithm.auto, help: "The convolution algorithm.")

  /// The options of a plan from a command line.
  ///
  /// - Parameters:
  ///   - arguments: Those of a command that declares `--threads`, `--policy` and `--algorithm`.
  ///   - form: The form to compute.
  /// - Returns: The options.
  static func planOptions(_ arguments: Arguments, form: Form) -> PlanOptions {
    PlanOptions(
      form: form, threadCount: SharedArguments.threadCount(arguments),
      policy: arguments[policy], algorithm: arguments[algorithm])
  }
}
