import Foundation
import RepVGG
import TestSupport
import Testing

/// Inputs as large as they may be: planned in seconds or refused at once, never by the minute.
@Suite struct LargeInputTests {
  private func plan(_ height: Int, _ width: Int, batch: Int = 1) throws -> Plan {
    let network = try Network(
      contentsOf: Fixture.root.appending(path: "tiny/train.safetensors").path)
    return try Plan(network, input: InputShape(batch: batch, height: height, width: width))
  }

  /// Seconds that this thread computes, which others that wait for the same CPU do not add to.
  private func computingSeconds(_ work: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    try work()
    return now() - start
  }

  @Test(arguments: [(8192, 8192, 1), (16, 32768, 1), (32768, 16, 1), (512, 512, 1024)])
  func planningTakesSeconds(height: Int, width: Int, batch: Int) throws {
    // Unoptimised builds need about three.
    #expect(try computingSeconds { _ = try plan(height, width, batch: batch) } < 20)
  }

  @Test func whatCountsCannotHoldIsRefusedAtOnce() throws {
    var kind: RepVGGError.Kind?
    let seconds = computingSeconds {
      do { _ = try plan(32768, 32768) } catch { kind = (error as? RepVGGError)?.kind }
    }
    #expect(kind == .unsupported || kind == .outOfMemory)
    #expect(seconds < 1)
  }

  @Test func memoryIsAskedForBeforeItIsNeeded() throws {
    try MemoryCheck.checkMachine(holds: 1 << 20)
    try MemoryCheck.checkAvailable(1 << 20, for: "a test")
    for count in [1 << 50, Int.max - 1, Int.max] {
      #expect(throws: RepVGGError.self) { try MemoryCheck.checkMachine(holds: count) }
      #expect {
        try MemoryCheck.checkAvailable(count, for: "a test")
      } throws: {
        ($0 as? RepVGGError)?.kind == .outOfMemory
      }
    }
  }
}
