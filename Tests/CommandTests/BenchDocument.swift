/// The document of `repvgg-bench run --format json`: decoding fails where a key is missing or of
/// another type.
struct BenchDocument: Decodable {
  struct Tool: Decodable {
    let name: String
    let version: String
    let commit: String
  }
  struct System: Decodable {
    let cpu: String
    let isa: String
    let core_design: String
    let core_design_is_default: Bool
    let blas_version: String
    let blas_core: String
  }
  struct Static: Decodable {
    let params: Int
    let macs: Int
  }
  struct Phases: Decodable {
    let load: UInt64
    let fuse: UInt64
    let plan: UInt64
    let first: UInt64
  }
  struct Summary: Decodable {
    let n: Int
    let min_ns: Double
    let median_ns: Double
    let p95_ns: Double
    let mad_ns: Double
  }
  struct Memory: Decodable {
    let weight_bytes: Int
    let packed_weight_bytes: Int
    let activation_peak_bytes: Int
    let workspace_bytes: Int
    let peak_rss_bytes: Int
    let allocations_per_run: Int
  }
  struct Scenario: Decodable {
    let model: String
    let form: String
    let batch: Int
    let threads: Int
    let input: [Int]
    let policy: String
    let `static`: Static
    let phases_ns: Phases
    let samples_ns: [Double]
    let summary: Summary
    let images_per_second: Double
    let memory: Memory
  }
  struct Comparison: Decodable {
    let model: String
    let batch: Int
    let threads: Int
    let input: [Int]
    let baseline: String
    let candidate: String
    let ratio: Double
    let ci95: [Double]
    let activation_peak_ratio: Double
  }
  let schema_version: Int
  let tool: Tool
  let system: System
  let scenarios: [Scenario]
  let comparisons: [Comparison]
  let interrupted: Bool
}
