import CAllocationProbe
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

  private static let environment = ProcessInfo.processInfo.environment

  @Test(.enabled(if: environment["REPVGG_ISA"] == nil, "REPVGG_ISA chooses the kernels"))
  func usesTheBestKernels() {
    let best = Kernels.Level.allCases.last {
      CPUFeatures.enabled.isSuperset(of: $0.requiredFeatures)
    }
    #expect(Kernels.selected.level == best)
  }

  @Test(
    .enabled(if: environment["OPENBLAS_CORETYPE"] == nil, "OPENBLAS_CORETYPE chooses the core"),
    .enabled(
      if: CPUFeatures.enabled.isSuperset(of: [.avx2, .fma]), "this CPU has no AVX2"))
  func usesAFitBLASCore() throws {
    let old: Set = ["prescott", "core2", "penryn", "nehalem", "sandybridge", "generic", "unknown"]
    BLASRuntime.ownsProcess()
    let core = try BLASRuntime.description().core
    #expect(!old.contains(core.lowercased()), "OpenBLAS runs \(core) kernels")
  }
}
