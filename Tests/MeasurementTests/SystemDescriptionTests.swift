import CPlatform
import Foundation
import Measurement
import TestSupport
import Testing

@Suite struct SystemDescriptionTests {
  @Test func readsALaidOutMachine() throws {
    let cpu = "sys/devices/system/cpu"
    var files = [
      "proc/cpuinfo": "processor\t: 0\nmicrocode\t: 0x42\ncpu MHz\t\t: 2600.5\n",
      "\(cpu)/online": "0-3\n", "\(cpu)/smt/active": "1\n",
      "sys/devices/system/node/online": "0-1\n",
      "\(cpu)/cpu0/cache/index0/level": "1\n", "\(cpu)/cpu0/cache/index0/type": "Data\n",
      "\(cpu)/cpu0/cache/index0/size": "48K\n",
      "\(cpu)/cpu0/cache/index0/coherency_line_size": "64\n",
      "\(cpu)/cpu0/cache/index2/level": "2\n", "\(cpu)/cpu0/cache/index2/type": "Unified\n",
      "\(cpu)/cpu0/cache/index2/size": "2M\n",
      "\(cpu)/cpu0/cache/index2/shared_cpu_list": "0,2\n",
      "\(cpu)/cpu0/cache/index3/level": "3\n", "\(cpu)/cpu0/cache/index3/type": "Unified\n",
      "\(cpu)/cpu0/cache/index3/size": "lots\n",
      "\(cpu)/cpu0/cpufreq/scaling_governor": "powersave\n",
      "\(cpu)/cpu1/cpufreq/scaling_governor": "performance\n",
      "\(cpu)/cpu0/cpufreq/cpuinfo_max_freq": "3500000\n",
      "\(cpu)/intel_pstate/no_turbo": "0\n",
      "proc/meminfo": "MemTotal:  1000 kB\nMemAvailable: 99999999999999999999 kB\n",
      "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
      "sys/kernel/mm/transparent_hugepage/hpage_pmd_size": "2097152\n",
      "proc/sys/kernel/randomize_va_space": "2\n",
      "proc/sys/kernel/ostype": "Linux\n", "proc/sys/kernel/osrelease": "6.1.0\n",
      "etc/os-release": "NAME=x\nPRETTY_NAME=\"Debian 12\"\n",
      "sys/fs/cgroup/cgroup.controllers": "cpu memory\n", "proc/self/cgroup": "0::/a/b\n",
      "sys/fs/cgroup/a/cpu.max": "150000 100000\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
      "sys/fs/cgroup/a/memory.max": "max\n",
      "proc/loadavg": "0.5 1 1.5 1/2 3\n",
      "proc/pressure/cpu": "some avg10=2.50 avg60=0 avg300=0 total=1\n",
      "proc/stat": "cpu 1 1 1 1 1 1 1 9 0 0\n",
    ]
    for number in 0..<4 {
      files["\(cpu)/cpu\(number)/topology/core_id"] = "\(number / 2)\n"
      files["\(cpu)/cpu\(number)/topology/physical_package_id"] = "0\n"
    }
    let tree = try TemporaryFolder(files)
    let system = SystemDescription(root: tree.path)
    #expect(system["cpu_microcode"] == .text("0x42"))
    #expect(system["logical_cpus"] == .integer(4))
    #expect(system["physical_cores"] == .integer(2))
    #expect(system["sockets"] == .integer(1))
    #expect(system["smt"] == .flag(true))
    #expect(system["numa_nodes"] == .integer(2))
    #expect(system["cgroup_cpu_limit"] == .number(1.5))
    #expect(system["memory_limit_bytes"] == .text("none"))
    #expect(system["cache_l1d_bytes"] == .integer(49152))
    #expect(system["cache_l2_bytes"] == .integer(2 << 20))
    #expect(system["cache_l2_shared_by_cpus"] == .integer(2))
    #expect(system["cache_l3_bytes"] == .unknown(nil))
    #expect(system["cache_line_bytes"] == .integer(64))
    #expect(system["governor"] == .text("performance powersave"))
    #expect(system["frequency_mhz"] == .number(2600.5))
    #expect(system["frequency_max_mhz"] == .number(3500))
    #expect(system["turbo"] == .flag(true))
    #expect(system["memory_total_bytes"] == .integer(1_024_000))
    #expect(system["memory_available_bytes"] == .unknown(nil))
    #expect(system["transparent_huge_pages"] == .text("madvise"))
    #expect(system["huge_page_size_bytes"] == .integer(2_097_152))
    #expect(system["address_randomization"] == .text("full"))
    #expect(system["kernel"] == .text("Linux 6.1.0"))
    #expect(system["os"] == .text("Debian 12"))
    #expect(system["load_average"] == .numbers([0.5, 1, 1.5]))
    #expect(system["pressure_cpu_avg10_percent"] == .number(2.5))
    #expect(system["steal_ticks"] == .integer(9))
  }

  @Test func namesStayTheSameOnAnEmptyMachine() throws {
    let empty = SystemDescription(root: try TemporaryFolder().path)
    let real = SystemDescription()
    #expect(empty.fields.map(\.name) == real.fields.map(\.name))
    #expect(Set(real.fields.map(\.name)).count == real.fields.count)
    for name in ["logical_cpus", "cache_l1d_bytes", "memory_total_bytes", "kernel", "os"] {
      #expect(empty[name]?.description == "unknown")
    }
    for name in ["cpu", "isa", "logical_cpus", "page_size_bytes", "kernel", "memory_total_bytes"] {
      #expect(real[name]?.description.hasPrefix("unknown") == false, "\(name)")
    }
    #expect(empty["governor"]?.description.hasPrefix("unknown") == true)
  }

  @Test(arguments: [
    "", "\n", "0-", "-1", "5-2", "0-99999999", "x", "\u{1}", "[", "9999999999999999999",
  ])
  func malformedFilesAreUnknown(text: String) throws {
    var files: [String: String] = [:]
    for name in [
      "proc/cpuinfo", "proc/meminfo", "proc/loadavg", "proc/stat", "proc/pressure/cpu",
      "proc/self/cgroup", "sys/devices/system/cpu/online", "sys/devices/system/cpu/smt/active",
      "sys/devices/system/node/online", "sys/devices/system/cpu/cpu0/cache/index0/level",
      "sys/devices/system/cpu/cpu0/cache/index0/size", "sys/kernel/mm/transparent_hugepage/enabled",
      "sys/fs/cgroup/cgroup.controllers", "sys/fs/cgroup/cpu.max", "etc/os-release",
    ] { files[name] = text }
    let system = SystemDescription(root: try TemporaryFolder(files).path)
    for name in [
      "logical_cpus", "physical_cores", "smt", "numa_nodes", "cache_l1d_bytes",
      "memory_total_bytes", "transparent_huge_pages", "load_average", "os", "steal_ticks",
    ] {
      #expect(system[name]?.description == "unknown", "\(name)")
    }
  }

  @Test func encodesOneObject() throws {
    var system = SystemDescription()
    system.set("blas_core", .text("SkylakeX"))
    system.set("isa", .text("avx2"))
    let data = try JSONEncoder().encode(system)
    let object = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["blas_core"] as? String == "SkylakeX")
    #expect(object["isa"] as? String == "avx2")
    #expect(object.count == system.fields.count)
    #expect(object["isa_features"] is [Any])
  }
}
