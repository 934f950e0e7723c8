import COpenBLAS
import CPlatform
import Glibc

/// OpenBLAS as the process has it: its kernels, and which of them are in use.
///
/// OpenBLAS builds that do not know a newer CPU fall back to SSE3 kernels, several times slower
/// (OpenMathLib/OpenBLAS issue 4267). The core is chosen in the library's constructor, before any
/// code of ours runs, so ``prepare()`` asks it to choose again. Every computation of the package
/// calls it first, so it holds in tools, tests and library use alike.
public enum BLASRuntime {
  /// What a report says about OpenBLAS.
  public struct Description: Sendable, Hashable {
    /// The version, such as `0.3.21`.
    public let version: String
    /// The kernels in use, such as `SkylakeX`.
    public let core: String
    /// The kernels that OpenBLAS had chosen before ``BLASRuntime/prepare()``.
    public let initialCore: String
    /// The build configuration as OpenBLAS tells it.
    public let configuration: String
  }

  /// Selects fit kernels, once in a process, and keeps OpenBLAS to one thread.
  ///
  /// Threads are the engine's own: every one of them calls OpenBLAS for its share. A core that
  /// the user names in `OPENBLAS_CORETYPE` is left alone.
  public static func prepare() { _ = description }

  /// What is in use; prepares OpenBLAS if that has not happened yet.
  public static let description: Description = {
    let initial = currentCore()
    if coresThatWasteTheCPU.contains(initial.lowercased()), let better = fitCore() {
      reselect(better)
    }
    openblas_set_num_threads(1)
    let configuration = openblas_get_config().map { String(cString: $0) } ?? ""
    return Description(
      version: version(in: configuration), core: currentCore(), initialCore: initial,
      configuration: configuration)
  }()

  /// Kernels for CPUs without AVX2, which a CPU that has it should not run.
  private static let coresThatWasteTheCPU: Set<String> = [
    "prescott", "core2", "penryn", "dunnington", "nehalem", "athlon", "opteron", "opteron_sse3",
    "barcelona", "bobcat", "atom", "sandybridge", "unknown", "katmai", "coppermine", "northwood",
    "banias", "nano", "generic",
  ]

  /// Names that every dynamic OpenBLAS since 0.3 knows.
  private static func fitCore() -> String? {
    let features = rvgk_isa_enabled_features()
    func has(_ feature: Int) -> Bool { features & (1 << UInt64(feature)) != 0 }
    let avx512 = [
      RVGK_ISA_AVX512F, RVGK_ISA_AVX512DQ, RVGK_ISA_AVX512BW, RVGK_ISA_AVX512VL, RVGK_ISA_AVX512CD,
    ]
    if avx512.allSatisfy({ has(Int($0)) }) { return "SkylakeX" }
    if has(RVGK_ISA_AVX2), has(RVGK_ISA_FMA) { return "Haswell" }
    return nil
  }

  /// Makes a dynamic OpenBLAS choose its core again; does nothing where its entry points are
  /// absent or the user has chosen.
  private static func reselect(_ core: String) {
    typealias EntryPoint = @convention(c) () -> Void
    guard getenv("OPENBLAS_CORETYPE") == nil,
      let quit = rvgk_find_symbol("gotoblas_dynamic_quit"),
      let start = rvgk_find_symbol("gotoblas_dynamic_init")
    else { return }
    unsafeBitCast(quit, to: EntryPoint.self)()
    setenv("OPENBLAS_CORETYPE", core, 1)
    unsafeBitCast(start, to: EntryPoint.self)()
    // Child processes shall choose for themselves.
    unsetenv("OPENBLAS_CORETYPE")
  }

  private static func currentCore() -> String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  private static func version(in configuration: String) -> String {
    configuration.split(separator: " ").first { $0.first?.isNumber == true }.map(String.init)
      ?? "unknown"
  }
}
