import Foundation
import RepVGG
import Synchronization
import TestSupport
import Testing

/// Work that its caller no longer wants ends early, with the kind that says so.
@Suite struct CancellationTests {
  /// Answers yes from the nth question on, and counts them.
  private final class Countdown: Sendable {
    private let asked = Atomic<Int>(0)
    private let limit: Int
    init(_ limit: Int) { self.limit = limit }
    var count: Int { asked.load(ordering: .relaxed) }
    var cancellation: Cancellation {
      Cancellation { self.asked.wrappingAdd(1, ordering: .relaxed).newValue > self.limit }
    }
  }

  private static let network = Result {
    try Network(contentsOf: Fixture.root.appending(path: "tiny/train.safetensors").path)
  }

  private func kind(_ work: () throws -> Void) -> RepVGGError.Kind? {
    do { try work() } catch { return (error as? RepVGGError)?.kind }
    return nil
  }

  @Test(arguments: [1, 2]) func aPlanIsAskedForEveryLayerAndEndsAtOnce(threads: Int) throws {
    let network = try Self.network.get()
    let input = try InputShape(height: 32, width: 32)
    let options = PlanOptions(threadCount: threads)
    func plan(_ countdown: Countdown) throws {
      _ = try Plan(network, input: input, options: options, cancellation: countdown.cancellation)
    }
    let patient = Countdown(.max)
    try plan(patient)
    #expect(patient.count > 2 * network.blocks.count)
    for limit in [0, 1, patient.count / 2, patient.count - 1] {
      let countdown = Countdown(limit)
      #expect(kind { try plan(countdown) } == .cancelled)
      #expect(countdown.count <= limit + 1 + threads)
    }
  }

  @Test(arguments: [1, 2, 3]) func aRunIsAskedAfterEveryLayerAndTheSessionStaysUsable(
    threads: Int
  ) throws {
    let network = try Self.network.get()
    let input = try InputShape(height: 32, width: 32)
    let plan = try Plan(network, input: input, options: PlanOptions(threadCount: threads))
    let images = sampleImages(input)
    let expected = try plan.makeSession().run(images)
    let patient = Countdown(.max)
    #expect(try plan.makeSession(cancellation: patient.cancellation).run(images) == expected)
    #expect(patient.count >= network.blocks.count)
    for limit in 0..<4 {
      let countdown = Countdown(limit)
      let session = try plan.makeSession(cancellation: countdown.cancellation)
      #expect(kind { _ = try session.run(images) } == .cancelled)
      #expect(countdown.count == limit + 1)
    }
    #expect(try plan.makeSession().run(images) == expected)
  }

  @Test func mergingEndsBetweenBlocks() throws {
    let network = try Self.network.get()
    let countdown = Countdown(2)
    #expect(
      kind { _ = try network.reparameterized(cancellation: countdown.cancellation) } == .cancelled)
    #expect(countdown.count == 3)
  }
}
