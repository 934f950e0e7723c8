import CPlatform
import CommandLineKit

/// Which CPUs threads are kept on.
enum Pinning: Sendable, Hashable {
  /// The system places threads.
  case none
  /// One CPU after the other of those that the process may use.
  case automatic
  /// These CPUs in turn.
  case cpus([Int])

  /// As the user writes it.
  var text: String {
    switch self {
    case .none: "none"
    case .automatic: "auto"
    case .cpus(let numbers): numbers.map(String.init).joined(separator: ",")
    }
  }

  /// The CPUs in the order of their use; empty for none.
  var cpus: [Int] {
    switch self {
    case .none: []
    case .automatic: Self.allowedCPUs
    case .cpus(let numbers): numbers
    }
  }

  /// The CPUs that this thread may run on.
  static var allowedCPUs: [Int] {
    var numbers = [Int32](repeating: 0, count: 4096)
    let count = rvgk_allowed_cpus(&numbers, Int32(numbers.count))
    return numbers.prefix(max(0, min(numbers.count, Int(count)))).map(Int.init)
  }

  /// Keeps the calling thread on a CPU while the work runs; nil leaves it free.
  static func pinned<Result>(to cpu: Int?, _ work: () throws -> Result) throws -> Result {
    guard let cpu else { return try work() }
    let before = allowedCPUs.map(Int32.init)
    guard rvgk_pin_thread(0, Int32(cpu)) == 0 else {
      throw UsageError("this process cannot run on CPU \(cpu)")
    }
    defer { _ = rvgk_set_thread_affinity(0, before, Int32(before.count)) }
    return try work()
  }
}

extension ValueKind where Value == Pinning {
  /// `none`, `auto`, or CPU numbers such as `0,1`.
  static var pinning: ValueKind {
    ValueKind(placeholder: "CPUS", format: { $0.text }) { text in
      if text == "none" { return .none }
      if text == "auto" { return .automatic }
      let words = text.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = words.compactMap { Int($0) }.filter { (0..<4096).contains($0) }
      guard numbers.count == words.count, Set(numbers).count == numbers.count else {
        throw InvalidValue("must be none, auto, or different CPU numbers such as 0,1")
      }
      return .cpus(numbers)
    }
  }
}
