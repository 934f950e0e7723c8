import COpenBLAS
import CPlatform
import Glibc
import Synchronization

/// OpenBLAS as the process has it, opened by the first plan or training run that needs it.
///
/// Nothing links OpenBLAS: a process that computes no im2col step, trains nothing and measures no
/// sgemm never has it. Where the process holds it already, it is the host's, and is used as it is:
/// threads, core and environment stay what they are. Else it is opened, starts no threads and is
/// kept to one: every worker of the engine calls it for its own share.
public enum BLASRuntime {
  /// What a report says about OpenBLAS.
  public struct Description: Sendable, Hashable {
    /// The version, such as `0.3.21`.
    public let version: String
    /// The kernels in use, such as `SkylakeX`.
    public let core: String
    /// The kernels that OpenBLAS had chosen by itself.
    public let initialCore: String
    /// The build configuration as OpenBLAS tells it.
    public let configuration: String
    /// Whether the process held OpenBLAS before this library needed it.
    public let isHosts: Bool
  }

  /// OpenBLAS's functions, once it is open.
  package struct Library: @unchecked Sendable {
    // The pointers are into a library that is never closed.
    package let functions: rvgk_openblas
    package let description: Description

    /// What OpenBLAS maps for each call that is under way, and keeps for later ones.
    private static let callByteCount = 128 << 20

    /// Refuses calls for which there is no memory: OpenBLAS itself would ask for it for ever.
    ///
    /// - Parameter callerCount: Threads that call at the same time.
    /// - Throws: `outOfMemory`.
    package func checkMemory(callerCount: Int) throws(RepVGGError) {
      try MemoryCheck.checkAvailable(
        callerCount * Self.callByteCount, for: "OpenBLAS in \(callerCount) threads")
    }
  }

  /// What is in use; opens OpenBLAS if that has not happened yet.
  ///
  /// - Throws: `unsupported` where OpenBLAS is not installed or cannot be opened.
  public static func description() throws(RepVGGError) -> Description { try open().description }

  /// OpenBLAS, opened once in a process.
  ///
  /// - Throws: `unsupported` where OpenBLAS is not installed or cannot be opened.
  @discardableResult
  package static func open() throws(RepVGGError) -> Library { try opened.get() }

  /// Says that OpenBLAS belongs to this package alone in this process, as in its tools: then a
  /// core that wastes the CPU is replaced when OpenBLAS is opened.
  ///
  /// OpenBLAS takes its core from the environment, which is changed for a moment: no other thread may
  /// read it then. The tools call this first of all, and open OpenBLAS from the main thread before
  /// they start others that read the environment.
  package static func ownsProcess() { owner.store(true, ordering: .relaxed) }
  private static let owner = Atomic<Bool>(false)

  private static let opened: Result<Library, RepVGGError> = {
    var functions = rvgk_openblas()
    let isHosts = rvgk_open_openblas(&functions, false) == nil
    if !isHosts {
      let reason = withOneCPU { rvgk_open_openblas(&functions, true).map { String(cString: $0) } }
      if let reason {
        return .failure(
          RepVGGError(
            .unsupported,
            "im2col and training compute by OpenBLAS, which cannot be opened (\(reason)); install"
              + " the package libopenblas0, or take another algorithm"))
      }
    }
    let initialCore = text(functions.get_corename())
    if !isHosts {
      if owner.load(ordering: .relaxed) { replaceWastefulCore(initialCore) }
      functions.set_num_threads(1)
    }
    let configuration = text(functions.get_config())
    return .success(
      Library(
        functions: functions,
        description: Description(
          version: configuration.split(separator: " ").first { $0.first?.isNumber == true }
            .map(String.init) ?? "unknown",
          core: text(functions.get_corename()), initialCore: initialCore,
          configuration: configuration, isHosts: isHosts)))
  }()

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? "unknown"
  }

  /// OpenBLAS starts a thread for each further CPU that the thread which opens it may use, and ends
  /// the process where the system refuses one.
  private static func withOneCPU<Result>(_ work: () -> Result) -> Result {
    var before = [Int32](repeating: 0, count: 8192)
    let count = rvgk_allowed_cpus(&before, Int32(before.count))
    guard count > 1, rvgk_pin_thread(0, before[0]) == 0 else { return work() }
    defer { _ = rvgk_set_thread_affinity(0, before, min(count, Int32(before.count))) }
    return work()
  }

  /// Kernels for CPUs without AVX2, which a CPU that has it should not run.
  private static let coresThatWasteTheCPU: Set<String> = [
    "prescott", "core2", "penryn", "dunnington", "nehalem", "athlon", "opteron", "opteron_sse3",
    "barcelona", "bobcat", "atom", "sandybridge", "unknown", "katmai", "coppermine", "northwood",
    "banias", "nano", "generic",
  ]

  /// Names that every dynamic OpenBLAS since 0.3 knows.
  private static func fitCore() -> String? {
    let features = CPUFeatures.enabled
    if features.isSuperset(of: [.avx512, .avx512CD]) { return "SkylakeX" }
    if features.isSuperset(of: [.avx2, .fma]) { return "Haswell" }
    return nil
  }

  /// Makes a dynamic OpenBLAS choose again where it does not know a newer CPU and took kernels for
  /// SSE3, several times slower (OpenMathLib/OpenBLAS issue 4267).
  ///
  /// Does nothing where its entry points are absent or the user has chosen.
  private static func replaceWastefulCore(_ core: String) {
    typealias EntryPoint = @convention(c) () -> Void
    guard coresThatWasteTheCPU.contains(core.lowercased()), let better = fitCore(),
      getenv("OPENBLAS_CORETYPE") == nil,
      let quit = rvgk_find_in_openblas("gotoblas_dynamic_quit"),
      let start = rvgk_find_in_openblas("gotoblas_dynamic_init")
    else { return }
    unsafeBitCast(quit, to: EntryPoint.self)()
    setenv("OPENBLAS_CORETYPE", better, 1)
    unsafeBitCast(start, to: EntryPoint.self)()
    // Child processes must choose for themselves.
    unsetenv("OPENBLAS_CORETYPE")
  }
}
