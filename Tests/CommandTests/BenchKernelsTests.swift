import Foundation
import TestSupport
import Testing

/// `repvgg-bench kernels`: one row a layer, each against its own sgemm.
@Suite(.serialized) struct BenchKernelsTests {
  struct Row: Decodable {
    let layer: String
    let algorithm: String
    let macs: Int
    let layer_ns: Double
    let sgemm_ns: Double
    let ratio: Double
  }
  struct Document: Decodable {
    struct Total: Decodable {
      let layer_ns: Double
      let sgemm_ns: Double
      let ratio: Double
    }
    let schema_version: Int
    let experiment: String
    let system: BenchDocument.System
    let model: String
    let batch: Int
    let threads: Int
    let rows: [Row]
    let total: Total
    let interrupted: Bool
  }

  private static let words = [
    "kernels", "--weights", CommandFixture.path("tiny-g2/train.safetensors"), "--size", "48",
    "--min-time", "0.1", "--threads", "1",
  ]

  @Test func everyLayerHasARow() throws {
    let outcome = try ToolProcess.bench.run(expecting: 0, Self.words + ["--format", "json"])
    let document = try JSONDecoder().decode(Document.self, from: outcome.outputBytes)
    #expect(document.schema_version == 1 && document.experiment == "kernels")
    #expect(!document.interrupted)
    #expect((document.batch, document.threads) == (1, 1))
    // tiny-g2: a stem and stages of 2, 3, 2 and 1 blocks.
    #expect(document.rows.count == 9)
    #expect(Set(document.rows.map(\.layer)).count == 9)
    let edges = [24, 12, 12, 6, 6, 6, 3, 3, 2]
    let channels = [3, 16, 16, 16, 32, 32, 32, 48, 48, 64]
    let groups = [1, 1, 2, 1, 2, 1, 2, 1, 2]
    for (index, row) in document.rows.enumerated() {
      let macs =
        9 * edges[index] * edges[index] * channels[index] / groups[index] * channels[index + 1]
      #expect(row.macs == macs, "\(row.layer)")
      #expect(row.layer_ns > 0 && row.sgemm_ns > 0)
      #expect(abs(row.ratio - row.layer_ns / row.sgemm_ns) <= 1e-9 * row.ratio)
      #expect(!row.algorithm.isEmpty)
    }
    let layers = document.rows.reduce(0) { $0 + $1.layer_ns }
    #expect(abs(document.total.layer_ns - layers) <= 1e-9 * layers)
    #expect(
      abs(document.total.ratio - document.total.layer_ns / document.total.sgemm_ns) < 1e-9)
  }

  @Test(arguments: ["text", "md", "csv"]) func otherFormatsHaveTheSameRows(_ format: String) throws
  {
    let outcome = try ToolProcess.bench.run(expecting: 0, Self.words + ["--format", format])
    let rows = outcome.output.split(separator: "\n").filter {
      $0.contains("stage") && $0.contains(where: \.isNumber)
    }
    #expect(rows.count == 9, "\(outcome.output)")
  }
}
