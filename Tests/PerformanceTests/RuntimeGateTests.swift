import CAllocationProbe
import CPlatform
import Foundation
import RepVGG
import Testing

/// What every run may not do, and the code paths that this CPU must take.
@Suite(.serialized) struct RuntimeGateTests {
  @Test(
    .enabled(if: PerformanceGate.isAlone, "only scripts/perf-gate has the process to itself"),
    arguments: Form.allCases, [1, 2])
  func allocatesNothing(form: Form, threads: Int) throws {
    let run = try PreparedRun(
      "A0", size: 64, options: PlanOptions(form: form, threadCount: threads))
    for _ in 0..<2 { try run.run() }
    try #require(rvgk_probe_is_active())
    try #require(rvgk_probe_begin())
    for _ in 0..<3 { try run.run() }
    let counts = rvgk_probe_end()
    #expect(counts.allocation_count == 0)
    #expect(counts.mapping_count == 0)
  }

  private static func has(_ features: [Int]) -> Bool {
    features.allSatisfy { rvgk_isa_enabled_features() & (1 << UInt64($0)) != 0 }
  }

  private static let environment = ProcessInfo.processInfo.environment

  @Test(.enabled(if: environment["REPVGG_ISA"] == nil, "REPVGG_ISA chooses the kernels"))
  func usesTheBestKernels() {
    let avx512 = [
      RVGK_ISA_AVX512F, RVGK_ISA_AVX512DQ, RVGK_ISA_AVX512BW, RVGK_ISA_AVX512VL,
    ].map { Int($0) }
    let expected =
      Self.has(avx512)
      ? "avx512" : Self.has([Int(RVGK_ISA_AVX2), Int(RVGK_ISA_FMA)]) ? "avx2" : "portable"
    #expect(Kernels.selected.name == expected)
  }

  @Test(
    .enabled(if: environment["OPENBLAS_CORETYPE"] == nil, "OPENBLAS_CORETYPE chooses the core"),
    .enabled(if: has([Int(RVGK_ISA_AVX2), Int(RVGK_ISA_FMA)]), "this CPU has no AVX2"))
  func usesAFitBLASCore() throws {
    let old: Set = ["prescott", "core2", "penryn", "nehalem", "sandybridge", "generic", "unknown"]
    BLASRuntime.ownsProcess()
    let core = try BLASRuntime.description().core
    #expect(!old.contains(core.lowercased()), "OpenBLAS runs \(core) kernels")
  }
}
