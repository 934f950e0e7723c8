import CPlatform

/// A C character array as a string.
private func string<Characters>(_ characters: Characters) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

extension SystemSource {
  /// Who made the CPU and what it can do.
  func processorFields() -> [SystemField] {
    let identity = rvgk_read_cpu_identity()
    let cpuinfo = text("/proc/cpuinfo") ?? ""
    let brand = string(identity.brand)
    let name =
      brand.isEmpty
      ? TextFile.value(of: "model name", in: cpuinfo) ?? TextFile.value(of: "Model", in: cpuinfo)
      : brand
    let vendor = string(identity.vendor)
    let available = rvgk_isa_available_features()
    let enabled = rvgk_isa_enabled_features()
    return [
      SystemField("cpu", SystemValue(text: name)),
      SystemField("cpu_vendor", SystemValue(text: vendor.isEmpty ? nil : vendor)),
      SystemField("cpu_family", known(identity.family)),
      SystemField("cpu_model", known(identity.model)),
      SystemField("cpu_stepping", known(identity.stepping)),
      SystemField("cpu_microcode", SystemValue(text: TextFile.value(of: "microcode", in: cpuinfo))),
      SystemField("architecture", .text(Self.architecture)),
      SystemField("isa", .text(Self.level(of: enabled))),
      SystemField("isa_features", .list(Self.names(of: enabled))),
      SystemField("isa_features_not_enabled", .list(Self.names(of: available & ~enabled))),
    ]
  }

  private func known(_ number: Int32) -> SystemValue {
    number < 0 ? .unknown(nil) : .integer(Int(number))
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "aarch64"
    #else
      "other"
    #endif
  }

  private static func names(of features: UInt64) -> [String] {
    (0..<Int32(RVGK_ISA_COUNT)).compactMap { feature in
      guard features >> UInt64(feature) & 1 == 1, let name = rvgk_isa_feature_name(feature)
      else { return nil }
      return String(cString: name)
    }
  }

  /// The highest level of vector instructions that Float32 kernels tell apart.
  private static func level(of features: UInt64) -> String {
    func has(_ wanted: [String]) -> Bool { Set(wanted).isSubset(of: names(of: features)) }
    if has(["avx512f", "avx512bw", "avx512dq", "avx512vl"]) { return "avx512" }
    if has(["avx2", "fma"]) { return "avx2" }
    if has(["avx"]) { return "avx" }
    if has(["sse2"]) { return "sse2" }
    if has(["sve"]) { return "sve" }
    if has(["neon"]) { return "neon" }
    return "portable"
  }

  /// The data caches, from the first CPU's folder or, on the real root, also from the C library.
  func cacheFields() -> [SystemField] {
    let sizes =
      root.isEmpty
      ? rvgk_read_cache_sizes()
      : rvgk_read_cache_sizes_in(root + "/sys/devices/system/cpu/cpu0/cache")
    func bytes(_ size: Int64, _ isKnown: Bool) -> SystemValue {
      isKnown ? .integer(Int(size)) : .unknown(nil)
    }
    func sharing(_ count: Int32) -> SystemValue { count > 0 ? .integer(Int(count)) : .unknown(nil) }
    return [
      SystemField("cache_l1d_bytes", bytes(sizes.l1d_bytes, sizes.l1d_known)),
      SystemField("cache_l1i_bytes", bytes(sizes.l1i_bytes, sizes.l1i_known)),
      SystemField("cache_l2_bytes", bytes(sizes.l2_bytes, sizes.l2_known)),
      SystemField("cache_l3_bytes", bytes(sizes.l3_bytes, sizes.l3_known)),
      SystemField("cache_line_bytes", bytes(sizes.line_bytes, sizes.line_known)),
      SystemField("cache_l2_shared_by_cpus", sharing(sizes.l2_sharing)),
      SystemField("cache_l3_shared_by_cpus", sharing(sizes.l3_sharing)),
    ]
  }
}
