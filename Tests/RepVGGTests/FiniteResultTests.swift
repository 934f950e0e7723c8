import Foundation
import RepVGG
import TestSupport
import Testing

/// Results that are not finite are errors which name where they began.
@Suite struct FiniteResultTests {
  private func network() throws -> Network {
    try Network(contentsOf: Fixture.root.appending(path: "tiny/train.safetensors").path)
  }

  private func failure(_ work: () throws -> Void) -> RepVGGError? {
    do { try work() } catch { return error as? RepVGGError }
    return nil
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [1, 2])
  func anInputThatIsNotFiniteIsNamed(value: Float, threads: Int) throws {
    let input = try InputShape(batch: 2, height: 33, width: 32)
    let options = PlanOptions(threadCount: threads)
    let session = try Plan(network(), input: input, options: options).makeSession()
    let images = sampleImages(input)
    let expected = try session.run(images)
    var damaged = images
    damaged[((1 * 3 + 2) * 33 + 7) * 32 + 5] = value
    let error = try #require(failure { _ = try session.run(damaged) })
    #expect(error.kind == .badData)
    #expect(error.reason.contains("image 1, channel 2, row 7, column 5"), "\(error)")
    // The session is as good as new.
    #expect(try session.run(images) == expected)
  }

  /// The plain network with one layer's weights scaled so that the largest is as given.
  private func scaling(_ name: String, to largest: Float, of network: Network) throws -> Network {
    var network = try network.reparameterized()
    let index = try #require(network.nodes.firstIndex { $0.name == name })
    guard case .linear(.convolution(var convolution)) = network.nodes[index].operation else {
      throw RepVGGError(.badData, "a plain block is one convolution")
    }
    let weights = try convolution.kernel.floats()
    let before = weights.map(\.magnitude).max() ?? 1
    convolution.kernel = Tensor(
      shape: convolution.kernel.shape, elements: weights.map { $0 / before * largest })
    network.nodes[index].operation = .linear(.convolution(convolution))
    return network
  }

  /// Sums of products beyond 3.4e38 begin in the layer with the large weights.
  @Test(
    arguments: ["stage0.0", "stage1.0", "stage4.0"],
    [(1, 1, Policy.exact), (4, 2, .exact), (4, 2, .fast)])
  func theFirstLayerThatOverflowsIsNamed(
    layer: String, shape: (batch: Int, threads: Int, policy: Policy)
  ) throws {
    let network = try scaling(layer, to: 3e38, of: network())
    let input = try InputShape(batch: shape.batch, height: 32, width: 32)
    let options = PlanOptions(threadCount: shape.threads, policy: shape.policy)
    let session = try Plan(network, input: input, options: options).makeSession()
    // The last image only: the others are dark.
    var images = sampleImages(input).map { $0 * 0 }
    let count = input.elementCount / shape.batch
    let last = sampleImages(try InputShape(height: 32, width: 32))
    images.replaceSubrange(
      (shape.batch - 1) * count..<shape.batch * count, with: last.map { $0 * 9 })
    let error = try #require(failure { _ = try session.run(images) })
    #expect(error.kind == .badData)
    #expect(error.reason.contains("\(layer) conv3x3"), "\(error)")
    #expect(error.file != nil || network.origin.file == nil)
  }

  /// Activations that Winograd's sums cannot hold and direct ones can: the way out is named.
  @Test func whereDirectSumsWouldHoldThePolicyIsNamed() throws {
    let images = try NPYArray(contentsOf: Fixture.root.appending(path: "tiny/input.npy").path)
    let input = try InputShape(dimensions: images.shape)
    let values = try images.floats()
    let network = try network().reparameterized()
    let sessions = try [Policy.exact, .fast].map {
      try Plan(network, input: input, options: PlanOptions(policy: $0)).makeSession()
    }
    // As bright as direct sums just hold.
    var reasons: [String] = []
    for exponent in 115...127 {
      let bright = values.map { $0 * Float(sign: .plus, exponent: exponent, significand: 1) }
      guard failure({ _ = try sessions[0].run(bright) }) == nil else { break }
      if let error = failure({ _ = try sessions[1].run(bright) }) { reasons.append(error.reason) }
    }
    #expect(!reasons.isEmpty)
    #expect(reasons.allSatisfy { $0.contains("winograd") && $0.contains("exact") }, "\(reasons)")
  }
}
