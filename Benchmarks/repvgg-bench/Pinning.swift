import CPlatform
import CommandLineKit
import ToolSupport

extension Pinning {
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
