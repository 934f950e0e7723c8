import CPlatform
import CommandLineKit
import RepVGG

/// The CPUs to which threads are bound.
package enum Pinning: Sendable, Hashable, CustomStringConvertible {
  /// The system schedules threads freely.
  case none
  /// The CPUs that the process may use, in turn.
  case automatic
  /// The given CPUs, in turn.
  case cpus([Int])

  /// `--pin CPUS`, of every command that computes.
  package static let option = Option(
    "pin", .pinning, default: Pinning.none,
    help: "CPUs to bind the threads to, in turn, such as 0,2-3; auto uses those allowed.")

  /// The value's syntax for users.
  package var description: String {
    switch self {
    case .none: "none"
    case .automatic: "auto"
    case .cpus(let list): list.map(String.init).joined(separator: ",")
    }
  }

  /// The CPUs in the order of their use; empty if threads are not bound.
  package var cpus: [Int] {
    switch self {
    case .none: []
    case .automatic: Self.allowedCPUs
    case .cpus(let list): list
    }
  }

  /// The CPUs that this process may use.
  package static var allowedCPUs: [Int] {
    let capacity = 4096
    let numbers = [Int32](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = max(0, min(capacity, Int(rvgk_allowed_cpus(buffer.baseAddress, Int32(capacity)))))
    }
    return numbers.map(Int.init)
  }

  /// Binds the calling thread, which is a worker too, to the first of the CPUs; without CPUs it
  /// stays free.
  ///
  /// - Throws: `RepVGGError` if the system refuses.
  package static func pinCaller(_ cpus: [Int]) throws(RepVGGError) {
    guard let first = cpus.first else { return }
    guard rvgk_pin_thread(0, Int32(clamping: first)) == 0 else {
      throw RepVGGError(.invalidArgument, "the thread cannot be bound to CPU \(first)")
    }
  }

  /// Keeps the calling thread on a CPU while the work runs; nil leaves it free.
  ///
  /// - Throws: What ``pinCaller(_:)`` and the work throw.
  package static func pinned<Result>(to cpu: Int?, _ work: () throws -> Result) throws -> Result {
    guard let cpu else { return try work() }
    let before = allowedCPUs.map(Int32.init)
    try pinCaller([cpu])
    defer { _ = rvgk_set_thread_affinity(0, before, Int32(before.count)) }
    return try work()
  }
}

extension ValueKind where Value == Pinning {
  /// `none`, `auto` or a list of numbers and ranges of CPUs that this process may use, none twice.
  fileprivate static var pinning: ValueKind {
    ValueKind(placeholder: "CPUS", format: \.description) { text in
      switch text {
      case "none": return .none
      case "auto": return .automatic
      default:
        // One occurrence is a complete list: the last one has precedence.
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
        guard Set(numbers).count == numbers.count else {
          throw InvalidValue("names a CPU twice")
        }
        let allowed = Pinning.allowedCPUs
        if let other = numbers.first(where: { !allowed.contains($0) }) {
          let known = allowed.map(String.init).joined(separator: ",")
          throw InvalidValue("names CPU \(other), and this process may use \(known)")
        }
        return .cpus(numbers)
      }
    }
  }
}
