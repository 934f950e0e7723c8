import CPlatform
import TestSupport
import Testing

/// Quotas of control groups, read from trees laid out as the system's.
@Suite struct CPUQuotaTests {
  private static let unified =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
  private static let legacy =
    "31 23 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    + "32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:5 - cgroup cgroup rw,cpu,cpuacct\n"

  private func quota(_ files: [String: String]) throws -> Int {
    let tree = try TemporaryFolder(files)
    return Int(rvgk_read_cpu_quota_in(tree.path))
  }

  @Test func theLeastOfAllGroupsAboveCounts() throws {
    let group = "sys/fs/cgroup/a.slice/b/c"
    func files(_ limits: [String: String]) -> [String: String] {
      var files = ["proc/self/cgroup": "0::/a.slice/b/c\n", "proc/self/mountinfo": Self.unified]
      for (folder, text) in limits { files[folder + "/cpu.max"] = text }
      return files
    }
    #expect(try quota(files([:])) == 0)
    #expect(try quota(files([group: "max 100000\n"])) == 0)
    #expect(try quota(files([group: "200000 100000\n"])) == 2)
    #expect(
      try quota(files([group: "max 100000\n", "sys/fs/cgroup/a.slice": "100000 100000\n"])) == 1)
    #expect(
      try quota(files([group: "400000 100000\n", "sys/fs/cgroup/a.slice/b": "300000 100000\n"]))
        == 3)
    #expect(try quota(files([group: "100000 100000\n", "sys/fs/cgroup": "700000 100000\n"])) == 1)
    // A sibling's limit is nobody else's.
    #expect(try quota(files(["sys/fs/cgroup/a.slice/other": "100000 100000\n"])) == 0)
  }

  @Test(arguments: [
    ("50000 100000", 1), ("100001 100000", 2), ("1 1000000", 1), ("20000 10000", 2),
    ("0 100000", 0),
    ("-1 100000", 0), ("100000 0", 0), ("100000", 0), ("", 0), ("max", 0), ("x y", 0),
    ("99999999999999999999 1", 0), ("1000000000 1", 1_000_000_000),
  ]) func partsOfACPUCountAsOneAndNonsenseAsNone(text: String, expected: Int) throws {
    let files = [
      "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": Self.unified,
      "sys/fs/cgroup/cpu.max": text,
    ]
    #expect(try quota(files) == expected)
  }

  @Test func versionOneIsReadInItsOwnHierarchy() throws {
    func files(_ limits: [String: (quota: String, period: String)]) -> [String: String] {
      var files = [
        "proc/self/cgroup": "5:cpuset:/x\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/y\n0::/\n",
        "proc/self/mountinfo": Self.legacy,
      ]
      for (group, limit) in limits {
        files["sys/fs/cgroup/cpu,cpuacct\(group)/cpu.cfs_quota_us"] = limit.quota
        files["sys/fs/cgroup/cpu,cpuacct\(group)/cpu.cfs_period_us"] = limit.period
      }
      return files
    }
    #expect(try quota(files(["/docker/abc": ("-1\n", "100000\n")])) == 0)
    #expect(try quota(files(["/docker/abc": ("150000\n", "100000\n")])) == 2)
    #expect(
      try quota(files(["/docker/abc": ("-1\n", "100000\n"), "/docker": ("50000\n", "50000\n")]))
        == 1)
    // cpuset's group is not cpu's.
    #expect(try quota(files(["/x": ("100000\n", "100000\n")])) == 0)
  }

  /// A container sees its own group as the mount's root, with or without a name space of its own.
  @Test func aPartOfTheHierarchyMayBeMounted() throws {
    for (own, mounted) in [("/docker/abc/d", "/docker/abc"), ("/d", "/"), ("/docker/abc/d", "/..")]
    {
      let expected = mounted == "/.." ? 4 : 2
      let files = [
        "proc/self/cgroup": "0::\(own)\n",
        "proc/self/mountinfo":
          "30 23 0:26 \(mounted) /sys/fs/cgroup rw - cgroup2 cgroup rw,nsdelegate\n",
        "sys/fs/cgroup/cpu.max": "400000 100000\n", "sys/fs/cgroup/d/cpu.max": "200000 100000\n",
      ]
      #expect(try quota(files) == expected, "\(own) \(mounted)")
    }
    let outside = [
      "proc/self/cgroup": "0::/../../elsewhere\n", "proc/self/mountinfo": Self.unified,
      "sys/fs/cgroup/cpu.max": "300000 100000\n", "elsewhere/cpu.max": "100000 100000\n",
    ]
    #expect(try quota(outside) == 3)
  }

  @Test func mountPointsMayHoldBlanks() throws {
    let files = [
      "proc/self/cgroup": "0::/g\n",
      "proc/self/mountinfo": "30 23 0:26 / /sys/fs/c\\040group rw - cgroup2 cgroup rw\n",
      "sys/fs/c group/g/cpu.max": "200000 100000\n",
    ]
    #expect(try quota(files) == 2)
  }

  @Test func withoutProcTheUsualPlaceIsRead() throws {
    #expect(try quota([:]) == 0)
    #expect(try quota(["sys/fs/cgroup/cpu.max": "200000 100000\n"]) == 2)
  }

  @Test func hostileFilesAreSurvived() throws {
    let long = String(repeating: "/x", count: 100_000)
    for (groups, mounts) in [
      ("0::\(long)\n", Self.unified),
      ("::::\n0\n:\n\n", "- - -\n\n1 2 3\n1 2 3 4 5\n1 2 3 4 5 -\n"),
      ("0::/\n", "30 23 0:26 / \(long) rw - cgroup2 cgroup rw\n"),
      ("4:cpu:/\n", "30 23 0:26 / /m rw - cgroup\n30 23 0:26 / /m rw - cgroup x\n"),
    ] {
      #expect(try quota(["proc/self/cgroup": groups, "proc/self/mountinfo": mounts]) == 0)
    }
  }
}
