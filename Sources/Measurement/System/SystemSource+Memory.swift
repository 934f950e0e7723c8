import CPlatform

extension SystemSource {
  /// Memory, its limits and its pages.
  func memoryFields() -> [SystemField] {
    let meminfo = text("/proc/meminfo") ?? ""
    let hugePage =
      root.isEmpty
      ? Int(rvgk_huge_page_size())
      : integer("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size") ?? 0
    return [
      SystemField("memory_total_bytes", bytes(of: "MemTotal", in: meminfo)),
      SystemField("memory_available_bytes", bytes(of: "MemAvailable", in: meminfo)),
      SystemField("memory_limit_bytes", memoryLimit()),
      SystemField("page_size_bytes", .integer(Int(rvgk_page_size()))),
      SystemField("huge_page_size_bytes", SystemValue(integer: hugePage > 0 ? hugePage : nil)),
      SystemField("transparent_huge_pages", choice("/sys/kernel/mm/transparent_hugepage/enabled")),
      SystemField(
        "transparent_huge_pages_defrag", choice("/sys/kernel/mm/transparent_hugepage/defrag")),
      SystemField("address_randomization", randomization()),
    ]
  }

  private func bytes(of key: String, in meminfo: String) -> SystemValue {
    guard let value = TextFile.value(of: key, in: meminfo), value.hasSuffix(" kB"),
      let kibibytes = Int(value.dropLast(3)), kibibytes >= 0, kibibytes <= Int.max / 1024
    else { return .unknown(nil) }
    return .integer(kibibytes * 1024)
  }

  private func memoryLimit() -> SystemValue {
    if let limits = groupFiles("memory.max") {
      return limits.compactMap { Int($0) }.min().map(SystemValue.integer) ?? .text("none")
    }
    guard let limit = integer("/sys/fs/cgroup/memory/memory.limit_in_bytes") else {
      return .unknown(nil)
    }
    // Version 1 writes "no limit" as the largest number of whole pages.
    return limit < 1 << 60 ? .integer(limit) : .text("none")
  }

  /// The word in brackets of a file such as `always [madvise] never`.
  private func choice(_ path: String) -> SystemValue {
    guard let text = text(path), let open = text.firstIndex(of: "["),
      let close = text[open...].firstIndex(of: "]")
    else { return .unknown(nil) }
    return .text(String(text[text.index(after: open)..<close]))
  }

  private func randomization() -> SystemValue {
    switch integer("/proc/sys/kernel/randomize_va_space") {
    case 0?: .text("off")
    case 1?: .text("without heap")
    case 2?: .text("full")
    default: .unknown(nil)
    }
  }
}
