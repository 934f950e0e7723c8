import Foundation
import RandomGraphs
import RepVGG
import Testing

/// Plans of random graphs, compared with Float64.
///
/// `REPVGG_GRAPH_COUNT` sets how many there are, `REPVGG_GRAPH_SEED` the first seed.
@Suite struct RandomGraphTests {
  private static let blockCount = 16
  private static let count = number("REPVGG_GRAPH_COUNT") ?? 320
  private static let firstSeed = number("REPVGG_GRAPH_SEED") ?? 0

  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  private static func failure(of bytes: [UInt8]) -> String? {
    do {
      try GraphCheck(RandomGraph(bytes)).run()
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Every plan computes what the operators mean, threads and a second run change no bit.
  @Test(arguments: 0..<blockCount)
  func plansComputeWhatTheGraphMeans(_ block: Int) {
    for seed in stride(from: block, to: Self.count, by: Self.blockCount) {
      let seed = Self.firstSeed + seed
      let bytes = RandomGraph.bytes(seed: UInt64(seed))
      guard Self.failure(of: bytes) != nil else { continue }
      let reduced = RandomGraph.reduced(bytes) { Self.failure(of: $0) != nil }
      Issue.record(
        """
        seed \(seed): \(Self.failure(of: reduced) ?? "")
        \(RandomGraph(reduced).text)
        bytes \(reduced)
        """)
    }
  }

  /// Graphs that have no nodes of a kind would not find what is wrong with it.
  @Test func everyOperatorOccurs() {
    var counts: [String: Int] = [:]
    for seed in 0..<800 {
      for node in RandomGraph(RandomGraph.bytes(seed: UInt64(seed))).model.graph.nodes {
        counts[node.type, default: 0] += 1
      }
    }
    let expected = [
      "Abs", "Add", "AveragePool", "BatchNormalization", "Clip", "Concat", "Conv", "ConvTranspose",
      "DepthToSpace", "Div", "Expand", "Flatten", "Gather", "Gelu", "Gemm", "GlobalAveragePool",
      "GlobalMaxPool", "LRN", "GroupNormalization", "HardSigmoid", "HardSwish",
      "InstanceNormalization",
      "LayerNormalization", "LeakyRelu", "LogSoftmax", "MatMul", "Max",
      "MaxPool", "Mean", "MeanVarianceNormalization", "Min", "Mul", "PRelu", "Pad", "ReduceL2",
      "ReduceMax", "ReduceMean",
      "ReduceSum", "Relu", "Reshape", "Resize", "Sigmoid", "Slice", "Softmax", "SpaceToDepth",
      "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Tile", "Transpose", "Unsqueeze", "Where",
    ]
    #expect(expected.filter { counts[$0] == nil } == [])
    #expect(counts.values.reduce(0, +) > 800 * 6)
  }

  /// What reduces a failing graph keeps the failure and leaves out the rest.
  @Test func aFailureIsReducedToWhatItNeeds() {
    let bytes = RandomGraph.bytes(seed: 3)
    let reduced = RandomGraph.reduced(bytes + [200]) { $0.contains(200) }
    #expect(reduced == [200])
  }
}
