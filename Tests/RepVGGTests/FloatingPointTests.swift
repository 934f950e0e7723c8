import CPlatform
import Foundation
import RepVGG
import TestSupport
import Testing

/// What callers do to the arithmetic of their threads does not reach the engine's.
@Suite struct FloatingPointTests {
  /// Control registers that a caller may have: rounding up, down and to zero, and subnormals flushed.
  private static let controls: [UInt64] = [0x5f80, 0x3f80, 0x7f80, 0x9fc0]

  /// Runs work as a caller whose thread computes differently, and checks that it still does.
  private func with<Result>(control: UInt64, _ work: () throws -> Result) rethrows -> Result {
    let before = rvgk_get_floating_point_control()
    rvgk_set_floating_point_control(control)
    let result = try work()
    let after = rvgk_get_floating_point_control()
    rvgk_set_floating_point_control(before)
    #if arch(x86_64)
      #expect(after & ~0x3f == control)
    #endif
    return result
  }

  private static let network = Result {
    try Network(contentsOf: Fixture.root.appending(path: "tiny/train.safetensors").path)
  }

  @Test(arguments: [1, 2, 3], [Algorithm.auto, .direct, .im2col])
  func aCallersRoundingChangesNoLogits(threads: Int, algorithm: Algorithm) throws {
    let network = try Self.network.get()
    let input = try InputShape(batch: 2, height: 37, width: 32)
    let images = sampleImages(input)
    let options = PlanOptions(threadCount: threads, algorithm: algorithm)
    let session = try Plan(network, input: input, options: options).makeSession()
    let expected = try session.run(images)
    for control in Self.controls {
      #expect(try with(control: control) { try session.run(images) } == expected)
      // Threads take over what the thread that starts them has set.
      let other = try with(control: control) {
        try Plan(network, input: input, options: options).makeSession()
      }
      #expect(try other.run(images) == expected)
    }
  }

  @Test func aCallersRoundingChangesNoMergedWeights() throws {
    let network = try Self.network.get()
    func weights(_ network: Network) throws -> [[Float]] {
      try network.tensors.map { try $0.floats() }
    }
    let expected = try weights(try network.reparameterized())
    for control in Self.controls {
      let found = try weights(try with(control: control) { try network.reparameterized() })
      #expect(found == expected)
    }
  }

  /// Without the engine's own environment the same sums differ: the test above can fail.
  @Test func roundingWouldChangeSums() {
    func sum() -> Float { sampleImages(Self.someInput).reduce(0, +) }
    let expected = sum()
    #expect(Self.controls.dropLast().allSatisfy { with(control: $0, sum) != expected })
  }

  private static let someInput: InputShape = {
    guard let input = try? InputShape(height: 64, width: 64) else { fatalError("a valid shape") }
    return input
  }()
}
