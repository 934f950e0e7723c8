import RepVGG
import Testing

extension Kernels: CustomTestStringConvertible {
  /// The level's name.
  public var testDescription: String { name }
}

/// Other suites test the kernels of every level that this CPU can run; a level that it cannot run
/// is a skipped test here.
@Suite struct KernelLevelTests {
  private static func canRun(_ level: Kernels.Level) -> Bool { Kernels(level: level) != nil }

  /// A level's kernels are among those tested, and their panels are consistent.
  private func check(_ level: Kernels.Level, vectorWidth: Int) throws {
    let kernels = try #require(Kernels.reachable.first { $0.name == "\(level)" })
    #expect(kernels.vectorWidth == vectorWidth)
    #expect(kernels.panelStep % vectorWidth == 0)
    #expect(kernels.widestPanel % kernels.panelStep == 0)
    #expect((kernels.panelStep...kernels.widestPanel).contains(kernels.preferredPanel))
    for width in stride(
      from: kernels.panelStep, through: kernels.widestPanel, by: kernels.panelStep)
    {
      #expect(kernels.blockRowCount(panelWidth: width) > 0)
    }
  }

  @Test func portableKernelsAreTested() throws { try check(.portable, vectorWidth: 4) }

  @Test(.enabled(if: canRun(.avx2), "this CPU has no AVX2: those kernels are not tested"))
  func avx2KernelsAreTested() throws { try check(.avx2, vectorWidth: 8) }

  @Test(.enabled(if: canRun(.avx512), "this CPU has no AVX-512: those kernels are not tested"))
  func avx512KernelsAreTested() throws { try check(.avx512, vectorWidth: 16) }

  @Test func theSelectedKernelsAreTested() {
    #expect(Kernels.reachable.contains { $0.name == Kernels.selected.name })
  }
}
