import Glibc

extension SystemSource {
  /// Kernel, distribution, C library and what profiling the kernel allows.
  func softwareFields() -> [SystemField] {
    let release = text("/etc/os-release").flatMap {
      TextFile.value(of: "PRETTY_NAME", in: $0, separator: "=")
    }
    let kernel = [text("/proc/sys/kernel/ostype"), text("/proc/sys/kernel/osrelease")]
      .compactMap { $0 }
    let profiling = integer("/proc/sys/kernel/perf_event_paranoid")
    return [
      SystemField(
        "kernel", SystemValue(text: kernel.count == 2 ? kernel.joined(separator: " ") : nil)),
      SystemField("os", SystemValue(text: release.map { $0.filter { $0 != "\"" } })),
      SystemField("c_library", SystemValue(text: Self.libraryVersion)),
      SystemField("perf_event_paranoid", SystemValue(integer: profiling)),
      SystemField("optimized_build", .flag(Self.isOptimized)),
    ]
  }

  private static var libraryVersion: String? {
    var name = [UInt8](repeating: 0, count: 64)
    let length = name.withUnsafeMutableBytes {
      confstr(Int32(_CS_GNU_LIBC_VERSION), $0.baseAddress, $0.count)
    }
    guard length > 1, length <= name.count else { return nil }
    return String(decoding: name.prefix(length - 1), as: UTF8.self)
  }

  /// Assertions run in debug builds only, where their condition has a side effect to show.
  private static var isOptimized: Bool {
    var isDebug = false
    assert(
      {
        isDebug = true; return true
      }())
    return !isDebug
  }
}
