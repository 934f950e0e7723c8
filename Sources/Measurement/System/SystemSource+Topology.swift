import CPlatform

extension SystemSource {
  /// CPUs, cores, sockets, nodes, and which of them the process may use.
  func topologyFields() -> [SystemField] {
    let cores = coreCounts()
    let nodes = text("/sys/devices/system/node/online").flatMap(TextFile.numberList)
    var allowed = [Int32](repeating: 0, count: 8192)
    let found = allowed.withUnsafeMutableBufferPointer {
      Int(rvgk_allowed_cpus($0.baseAddress, Int32($0.count)))
    }
    let mask = found < 0 ? nil : allowed.prefix(found).map { Int($0) }
    return [
      SystemField("logical_cpus", SystemValue(integer: onlineCPUs?.count)),
      SystemField("physical_cores", SystemValue(integer: cores?.cores)),
      SystemField("sockets", SystemValue(integer: cores?.sockets)),
      SystemField("smt", SystemValue(flag: isMultithreaded)),
      SystemField("numa_nodes", SystemValue(integer: nodes?.count)),
      SystemField("allowed_cpus", .integer(Int(rvgk_allowed_cpu_count()))),
      SystemField("affinity", SystemValue(text: mask.map(TextFile.listText))),
      SystemField("cgroup_cpu_limit", cpuLimit()),
    ]
  }

  private var isMultithreaded: Bool? {
    switch integer("/sys/devices/system/cpu/smt/active") {
    case 0?: false
    case 1?: true
    default: nil
    }
  }

  private func coreCounts() -> (cores: Int, sockets: Int)? {
    guard let online = onlineCPUs else { return nil }
    var cores: Set<[Int]> = []
    var sockets: Set<Int> = []
    for cpu in online {
      let folder = "/sys/devices/system/cpu/cpu\(cpu)/topology"
      guard let socket = integer(folder + "/physical_package_id"),
        let core = integer(folder + "/core_id")
      else { return nil }
      sockets.insert(socket)
      cores.insert([socket, core])
    }
    return (cores.count, sockets.count)
  }

  /// How many CPUs' worth of time the control group grants, `none` without a limit.
  private func cpuLimit() -> SystemValue {
    if let limits = groupFiles("cpu.max") {
      let shares = limits.compactMap { text -> Double? in
        let parts = text.split(separator: " ")
        guard parts.count == 2, let quota = Double(parts[0]), let period = Double(parts[1]),
          quota > 0, period > 0
        else { return nil }
        return quota / period
      }
      return shares.min().map(SystemValue.number) ?? .text("none")
    }
    // Version 1 of control groups, as the process sees its own.
    guard let quota = integer("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
      let period = integer("/sys/fs/cgroup/cpu/cpu.cfs_period_us"), period > 0
    else { return .unknown(nil) }
    return quota > 0 ? .number(Double(quota) / Double(period)) : .text("none")
  }

  /// The texts of a file of the process's control group and of the groups above it.
  ///
  /// The root group has no such files. Nil where version 2 of control groups is not there.
  func groupFiles(_ name: String) -> [String]? {
    guard text("/sys/fs/cgroup/cgroup.controllers") != nil,
      let groups = text("/proc/self/cgroup"),
      let line = groups.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("0::/") })
    else { return nil }
    var parts = line.dropFirst("0::".count).split(separator: "/")
    // A path that climbs is one of a group outside the name space: only the root is visible.
    if parts.contains("..") { parts = [] }
    var texts: [String] = []
    while true {
      let folder = parts.map { "/" + $0 }.joined()
      if let text = text("/sys/fs/cgroup" + folder + "/" + name) { texts.append(text) }
      if parts.isEmpty { return texts }
      parts.removeLast()
    }
  }
}
