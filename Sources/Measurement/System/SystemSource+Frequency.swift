import CPlatform

extension SystemSource {
  /// Governor, frequencies and turbo; virtual machines usually hide them.
  func frequencyFields() -> [SystemField] {
    let folder = "/sys/devices/system/cpu"
    var governors: Set<String> = []
    for cpu in onlineCPUs ?? [0] {
      if let name = text("\(folder)/cpu\(cpu)/cpufreq/scaling_governor") { governors.insert(name) }
    }
    let governor = governors.isEmpty ? nil : governors.sorted().joined(separator: " ")
    let cpuinfo = text("/proc/cpuinfo") ?? ""
    let now =
      integer("\(folder)/cpu0/cpufreq/scaling_cur_freq").map { Double($0) / 1000 }
      ?? TextFile.value(of: "cpu MHz", in: cpuinfo).flatMap { Double($0) }
    let most = integer("\(folder)/cpu0/cpufreq/cpuinfo_max_freq").map { Double($0) / 1000 }
    return [
      SystemField("governor", governor.map(SystemValue.text) ?? hidden),
      SystemField("frequency_mhz", now.map(SystemValue.number) ?? hidden),
      SystemField("frequency_max_mhz", most.map(SystemValue.number) ?? hidden),
      SystemField("turbo", turbo.map(SystemValue.flag) ?? hidden),
    ]
  }

  private var turbo: Bool? {
    let folder = "/sys/devices/system/cpu"
    if let off = integer("\(folder)/intel_pstate/no_turbo") { return off == 0 }
    return integer("\(folder)/cpufreq/boost").map { $0 != 0 }
  }

  private var hidden: SystemValue { .unknown(isVirtual ? "VM" : nil) }

  private var isVirtual: Bool {
    rvgk_read_cpu_identity().is_virtual || text("/sys/hypervisor/type") != nil
  }

  /// The hypervisor, what it takes away, and the pressure and load at this moment.
  func virtualizationFields() -> [SystemField] {
    let identity = rvgk_read_cpu_identity()
    let signature = withUnsafeBytes(of: identity.hypervisor) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let hypervisor: SystemValue
    if let type = text("/sys/hypervisor/type") {
      hypervisor = .text(type)
    } else if identity.is_virtual {
      hypervisor = .text(Self.hypervisorName(signature))
    } else {
      // Only x86-64 has a bit that tells; its absence elsewhere tells nothing.
      #if arch(x86_64)
        hypervisor = .text("none")
      #else
        hypervisor = .unknown(nil)
      #endif
    }
    let noise = NoiseGauge(procFolder: root + "/proc").read()
    let pressure = text("/proc/pressure/cpu").flatMap(Self.tenSecondPressure)
    let loads = (text("/proc/loadavg") ?? "").split(separator: " ").prefix(3)
      .compactMap { Double($0) }
    return [
      SystemField("hypervisor", hypervisor),
      SystemField(
        "steal_ticks", SystemValue(integer: noise.stealTicks.flatMap { Int(exactly: $0) })),
      SystemField(
        "pressure_cpu_avg10_percent", pressure.map(SystemValue.number) ?? .unknown(nil)),
      SystemField("load_average", loads.count == 3 ? .numbers(loads) : .unknown(nil)),
    ]
  }

  private static func hypervisorName(_ signature: String) -> String {
    switch signature {
    case "": "unnamed"
    case "KVMKVMKVM": "KVM"
    case "Microsoft Hv": "Hyper-V"
    case "VMwareVMware": "VMware"
    case "XenVMMXenVMM": "Xen"
    case "TCGTCGTCGTCG": "QEMU"
    default: signature
    }
  }

  private static func tenSecondPressure(_ text: String) -> Double? {
    let fields = text.split(whereSeparator: { $0.isNewline || $0 == " " })
    return fields.first { $0.hasPrefix("avg10=") }.flatMap { Double($0.dropFirst("avg10=".count)) }
  }
}
