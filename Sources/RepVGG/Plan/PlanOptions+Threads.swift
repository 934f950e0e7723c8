import CPlatform

extension PlanOptions {
  /// How many threads can compute at the same time in this process, 1 to 1024: what a host that does
  /// nothing else at the time may give as ``threadCount``.
  ///
  /// The CPUs that the calling thread may run on (its affinity), or the quota of the process's control
  /// group and the groups above it where that is less; parts of a CPU count as one.
  public static var availableThreadCount: Int {
    let allowed = Int(rvgk_allowed_cpu_count())
    return min(max(1, quota > 0 ? min(quota, allowed) : allowed), 1024)
  }

  /// Read once: groups are entered before a process starts its work.
  private static let quota = Int(rvgk_read_cpu_quota_in(""))
}
