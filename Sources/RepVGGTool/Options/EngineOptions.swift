import CPlatform
import CommandLineKit
import RepVGG

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

  static let pin = Option(
    "pin", .pinning, default: Pinning.none,
    help: "CPUs to bind the threads to, in turn, such as 0,2-3; auto takes those allowed.")

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

/// Which CPUs threads are bound to.
enum Pinning: Sendable, Hashable, CustomStringConvertible {
  /// The system moves threads as it likes.
  case none
  /// The CPUs that the process may use, one thread each.
  case automatic
  /// These.
  case cpus([Int])

  var description: String {
    switch self {
    case .none: "none"
    case .automatic: "auto"
    case .cpus(let list): list.map(String.init).joined(separator: ",")
    }
  }

  /// The CPUs for the threads, in turn, as ``Plan/makeSession(cpus:)`` takes them.
  ///
  /// - Throws: `UsageError` for a CPU that the process may not use.
  func cpus(threadCount: Int) throws -> [Int] {
    switch self {
    case .none: return []
    case .automatic: return Array(Self.allowedCPUs.prefix(threadCount))
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

  private static var allowedCPUs: [Int] {
    let capacity = 4096
    let numbers = [Int32](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = max(0, min(capacity, Int(rvgk_allowed_cpus(buffer.baseAddress, Int32(capacity)))))
    }
    return numbers.map(Int.init)
  }
}

extension ValueKind where Value == Pinning {
  /// `none`, `auto` or a list of CPU numbers.
  fileprivate static var pinning: ValueKind {
    ValueKind(placeholder: "CPUS") { text in
      switch text {
      case "none": return .none
      case "auto": return .automatic
      default:
        // One occurrence is one list: the last one wins.
        let items = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = try items.flatMap { item in
          let bounds = item.split(separator: "-", omittingEmptySubsequences: false).map {
            $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
              ? Int($0) : nil
          }
          guard bounds.count <= 2, let first = bounds.first ?? nil, let last = bounds.last ?? nil,
            first <= last, last < 4096
          else { throw InvalidValue("must be auto, none or CPU numbers such as 0,2-3") }
          return Array(first...last)
        }
        return .cpus(numbers)
      }
    }
  }
}
