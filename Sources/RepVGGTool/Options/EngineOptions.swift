import CPlatform
import CommandLineKit
import RepVGG
import ToolSupport

/// Options of how the engine computes, for every command that runs a network.
enum EngineOptions {
  static let policy = Option(
    "policy",
    .oneOfCases("POLICY") { (policy: Policy) in
      switch policy {
      case .fast: "the fastest algorithms"
      case .exact: "direct algorithms alone: the smallest rounding errors"
      case .compact: "packed weights at most 1.1 times the plain ones"
      }
    }, default: Policy.fast, help: "What may be spent for speed.")

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

  /// What a plan is made with, as the command line says.
  ///
  /// - Parameters:
  ///   - arguments: Of a command that declares `--threads`, `--policy` and `--algorithm`.
  ///   - form: The form to compute.
  /// - Returns: The options.
  static func planOptions(_ arguments: Arguments, form: Form) -> PlanOptions {
    PlanOptions(
      form: form, threadCount: arguments[SharedArguments.threads],
      policy: arguments[policy], algorithm: arguments[algorithm])
  }
}

extension Pinning {
  /// The CPUs for the threads, in turn, as ``Plan/makeSession(cpus:)`` takes them.
  ///
  /// - Throws: `UsageError` for a CPU that the process may not use.
  func cpus(threadCount: Int) throws -> [Int] {
    switch self {
    case .none: return []
    case .automatic: return Array(cpus.prefix(threadCount))
    case .cpus(let list):
      let allowed = Self.allowedCPUs
      if let other = list.first(where: { !allowed.contains($0) }) {
        let known = allowed.map(String.init).joined(separator: ",")
        throw UsageError("--pin: CPU \(other) is not one that this process may use (\(known))")
      }
      return list
    }
  }

  /// Binds the calling thread, which works too, to the first of the CPUs.
  ///
  /// - Throws: `RepVGGError` where the system refuses.
  static func pinCaller(_ cpus: [Int]) throws(RepVGGError) {
    guard let first = cpus.first else { return }
    guard rvgk_pin_thread(0, Int32(clamping: first)) == 0 else {
      throw RepVGGError(.invalidArgument, "the thread cannot be bound to CPU \(first)")
    }
  }
}
