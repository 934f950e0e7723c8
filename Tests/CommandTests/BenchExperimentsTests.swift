import Foundation
import TestSupport
import Testing

/// `repvgg-bench claims`, `scaling` and `layers`: rows that agree with each other and verdicts.
@Suite(.serialized) struct BenchExperimentsTests {
  struct Claims: Decodable {
    struct Claim: Decodable {
      let claim: String
      let verdict: String?
      let noise: String?
      let rows: [Row]
    }
    struct Row: Decodable {
      let relative_time: Double?
      let gflops: Double?
      let activation_peak_bytes: Int?
      let form: String?
    }
    let started_at: String
    let claims: [Claim]
    let rows: [Row]
  }

  @Test func everyClaimHasAVerdict() throws {
    let outcome = try ToolProcess.bench.run(
      expecting: 0,
      [
        "claims", "--model", "A0", "--threads", "1", "--min-time", "0.02", "--format", "json",
      ])
    let document = try JSONDecoder().decode(Claims.self, from: outcome.outputBytes)
    #expect(document.claims.map(\.claim) == ["parallelism", "branches", "memory", "operator"])
    #expect(document.claims.map(\.rows.count) == [12, 8, 9, 6])
    #expect(document.rows.count == 12 + 8 + 9 + 6)
    for claim in document.claims {
      let verdict = try #require(claim.verdict)
      #expect(verdict.hasSuffix(".") && verdict.contains(where: \.isNumber), "\(verdict)")
      #expect((claim.noise == nil) == (claim.claim == "memory"))
    }
    for row in document.rows {
      #expect((row.relative_time ?? 1) > 0 && (row.gflops ?? 1) > 0)
    }
    // Exact figures, whatever the machine: branches keep their inputs alive.
    let memory = document.claims[2]
    for first in stride(from: 0, to: 9, by: 3) {
      let group = memory.rows[first..<first + 3]
      #expect(group.map(\.form) == ["plain", "folded", "branched"])
      let bytes = group.compactMap(\.activation_peak_bytes)
      #expect(bytes.count == 3 && bytes[2] > bytes[0])
    }
    #expect(memory.verdict?.contains("cost memory for activations") == true)
  }

  struct Scaling: Decodable {
    struct Row: Decodable {
      let batch: Int
      let threads: Int
      let streams: Int
      let latency_ns: Double
      let images_per_second: Double
      let speedup: Double
      let efficiency: Double
    }
    let rows: [Row]
  }

  @Test func scalingHasEveryCombination() throws {
    let outcome = try ToolProcess.bench.run(
      expecting: 0,
      [
        "scaling", "--weights", CommandFixture.path("tiny/train.safetensors"), "--size", "48x32",
        "--threads", "1,2", "--streams", "1,2", "--batch", "1,3", "--min-time", "0.02", "--format",
        "json",
      ])
    let rows = try JSONDecoder().decode(Scaling.self, from: outcome.outputBytes).rows
    #expect(rows.map(\.batch) == [1, 1, 1, 1, 3, 3, 3, 3])
    #expect(
      rows.map { [$0.threads, $0.streams] } == [
        [1, 1], [2, 1], [1, 2], [2, 2], [1, 1], [2, 1], [1, 2], [2, 2],
      ])
    for (index, row) in rows.enumerated() {
      let base = rows[index / 4 * 4]
      let speedup = row.images_per_second / base.images_per_second
      #expect(abs(row.speedup - speedup) <= 1e-9 * speedup)
      let threads = Double(row.threads * row.streams)
      #expect(abs(row.efficiency - speedup / threads) <= 1e-9)
      // Streams run at the same time, each a batch.
      let rate = Double(row.batch * row.streams) * 1e9 / row.latency_ns
      #expect(abs(row.images_per_second - rate) <= 1e-9 * rate)
    }
  }

  struct Layers: Decodable {
    struct Row: Decodable {
      let layer: String
      let algorithm: String
      let macs: Int
      let time_ns: Double
      let share: Double
      let gflops: Double?
      let of_roof: Double?
      let roof_gflops: Double?
    }
    struct Roof: Decodable {
      let threads: Int
      let peak_gflops: Double
      let bandwidth_gbs: Double
    }
    let rows: [Row]
    let roofline: [Roof]
  }

  @Test func layersAddUpUnderOneRoof() throws {
    let outcome = try ToolProcess.bench.run(
      expecting: 0,
      [
        "layers", "--weights", CommandFixture.path("tiny-g2/train.safetensors"), "--size", "48",
        "--threads", "1", "--min-time", "0.02", "--format", "json",
      ])
    let document = try JSONDecoder().decode(Layers.self, from: outcome.outputBytes)
    let roof = try #require(document.roofline.first)
    #expect(roof.threads == 1 && roof.peak_gflops > 1 && roof.bandwidth_gbs > 0.1)
    let total = try #require(document.rows.last)
    let layers = document.rows.dropLast()
    #expect(total.layer == "all" && layers.count { $0.layer.hasPrefix("stage") } == 9)
    #expect(abs(layers.reduce(0) { $0 + $1.time_ns } - total.time_ns) <= 1e-6 * total.time_ns)
    #expect(abs(layers.reduce(0) { $0 + $1.share } - 1) <= 1e-6)
    #expect(layers.reduce(0) { $0 + $1.macs } == total.macs)
    for layer in layers where layer.macs > 0 {
      let speed = try #require(layer.gflops)
      #expect(abs(speed - 2 * Double(layer.macs) / layer.time_ns) <= 1e-6 * speed)
      let ceiling = try #require(layer.roof_gflops)
      #expect(ceiling <= roof.peak_gflops * (1 + 1e-9))
      #expect(abs(try #require(layer.of_roof) - speed / ceiling) <= 1e-6 * speed / ceiling)
    }
  }
}
