import CPlatform
import Foundation
import TestSupport
import Testing

/// Lets a test's memory be seen from elsewhere.
nonisolated(unsafe) var escapedValues: UnsafeMutablePointer<Float>?

@Suite struct PlatformTests {
  @Test func affinityNarrowsAndComesBack() throws {
    var cpus = [Int32](repeating: 0, count: 8192)
    let count = rvgk_allowed_cpus(&cpus, Int32(cpus.count))
    try #require(count >= 1)
    let allowed = Array(cpus.prefix(Int(count)))
    #expect(allowed == allowed.sorted())
    #expect(rvgk_allowed_cpus(nil, 0) == count)
    #expect(rvgk_allowed_cpu_count() == count)
    // In a thread of its own: affinity belongs to the thread.
    var pinned: (result: Int32, count: Int32, cpu: Int32, restored: Int32) = (-1, -1, -1, -1)
    let wanted = try #require(allowed.last)
    withUnsafeMutablePointer(to: &pinned) { result in
      nonisolated(unsafe) let result = result
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        result.pointee.result = rvgk_pin_thread(0, wanted)
        result.pointee.count = rvgk_allowed_cpu_count()
        result.pointee.cpu = rvgk_current_cpu()
        _ = allowed.withUnsafeBufferPointer {
          rvgk_set_thread_affinity(rvgk_thread_id(), $0.baseAddress, Int32($0.count))
        }
        result.pointee.restored = rvgk_allowed_cpu_count()
        done.signal()
      }
      done.wait()
    }
    #expect(pinned.result == 0)
    #expect(pinned.count == 1)
    #expect(pinned.cpu == wanted)
    #expect(pinned.restored == count)
    #expect(rvgk_pin_thread(0, -1) == EINVAL)
    #expect(rvgk_pin_thread(0, 1_000_000) == EINVAL)
    #expect(rvgk_set_thread_affinity(0, nil, 0) == EINVAL)
  }

  @Test func threadsHaveIdsAndNames() throws {
    #expect(rvgk_thread_id() > 0)
    var name = ""
    withUnsafeMutablePointer(to: &name) { result in
      nonisolated(unsafe) let result = result
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        _ = rvgk_set_thread_name("a-name-of-more-than-fifteen-bytes")
        let path = "/proc/self/task/\(rvgk_thread_id())/comm"
        result.pointee = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        done.signal()
      }
      done.wait()
    }
    #expect(name == "a-name-of-more-\n")
  }

  @Test func futexParksAndWakes() {
    let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    defer { word.deallocate() }
    word.initialize(to: 5)
    #expect(rvgk_futex_wait(word, 4, -1) == EAGAIN)
    #expect(rvgk_futex_wait(word, 5, 1_000_000) == ETIMEDOUT)
    #expect(rvgk_futex_wake(word, 1) == 0)
    nonisolated(unsafe) let shared = word
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      // The word keeps its value: only the wake-up ends the wait.
      while rvgk_futex_wait(shared, 5, 10_000_000_000) == EINTR {}
      done.signal()
    }
    var woken: Int32 = 0
    let deadline = Date().addingTimeInterval(10)
    while woken == 0 && Date() < deadline {
      woken = rvgk_futex_wake(word, 1)
      rvgk_cpu_pause()
    }
    #expect(woken == 1)
    done.wait()
  }

  @Test func cachesArePlausible() throws {
    let sizes = rvgk_read_cache_sizes()
    #expect(sizes.l1d_bytes >= 4096 && sizes.l1d_bytes <= sizes.l2_bytes)
    #expect(sizes.line_bytes >= 16)
    let nothing = rvgk_read_cache_sizes_in("/nonexistent")
    #expect(nothing.l1d_bytes == 32768 && nothing.l2_bytes == 524_288 && nothing.l3_bytes == 0)
    #expect(!nothing.l1d_known && !nothing.l2_known && !nothing.l3_known && !nothing.line_known)
    #expect(!rvgk_read_cache_sizes_in(nil).l1d_known)
  }

  @Test(arguments: ["", "K", "-48K", "48X", "1K", "99999999999999999999K", "9223372036854775807G"])
  func malformedCachesKeepTheGuess(size: String) throws {
    let tree = try TemporaryFolder([
      "index0/level": "1", "index0/type": "Data", "index0/size": size,
      "index0/coherency_line_size": "63", "index0/shared_cpu_list": "3-1,",
    ])
    let sizes = rvgk_read_cache_sizes_in(tree.path)
    #expect(!sizes.l1d_known && sizes.l1d_bytes == 32768)
    #expect(!sizes.line_known && sizes.line_bytes == 64)
  }

  @Test func featuresNestAndHaveNames() {
    let available = rvgk_isa_available_features()
    let enabled = rvgk_isa_enabled_features()
    #expect(enabled & ~available == 0)
    for feature in 0..<Int32(RVGK_ISA_COUNT) { #expect(rvgk_isa_feature_name(feature) != nil) }
    #expect(rvgk_isa_feature_name(-1) == nil)
    #expect(rvgk_isa_feature_name(Int32(RVGK_ISA_COUNT)) == nil)
    #if arch(x86_64)
      #expect(enabled >> UInt64(RVGK_ISA_SSE2) & 1 == 1)
      // What the kernel lists as usable agrees.
      let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      let line = text.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
      let flags = Set(line.split(separator: " ").map(String.init))
      for (name, bit) in [
        ("avx2", RVGK_ISA_AVX2), ("fma", RVGK_ISA_FMA), ("avx512f", RVGK_ISA_AVX512F),
        ("avx512bw", RVGK_ISA_AVX512BW), ("avx512_vnni", RVGK_ISA_AVX512VNNI),
        ("avx512_bf16", RVGK_ISA_AVX512BF16), ("avx512vbmi", RVGK_ISA_AVX512VBMI),
      ] where !flags.isEmpty {
        #expect(flags.contains(name) == (enabled >> UInt64(bit) & 1 == 1), "\(name)")
      }
    #endif
  }

  @Test func denormalsFlushOnDemand() {
    let before = rvgk_get_floating_point_control()
    defer { rvgk_set_floating_point_control(before) }
    // Through memory that the C calls might change: the compiler takes arithmetic as independent of
    // the control register, and would do it once for all.
    let values = UnsafeMutablePointer<Float>.allocate(capacity: 3)
    defer { values.deallocate() }
    values[0] = .leastNormalMagnitude
    values[1] = 1024
    escapedValues = values
    _ = rvgk_set_flush_denormals(false)
    values[2] = values[0] / values[1]
    #expect(!rvgk_flushes_denormals())
    #expect(values[2] != 0)
    let previous = rvgk_set_flush_denormals(true)
    #if arch(x86_64) || arch(arm64)
      values[2] = values[0] / values[1]
      let flushes = rvgk_flushes_denormals()
      rvgk_set_floating_point_control(previous)
      let flushed = values[2]
      values[2] = values[0] / values[1]
      #expect(flushes && flushed == 0)
      #expect(!rvgk_flushes_denormals() && values[2] != 0)
    #endif
  }

  @Test func memoryAdviceStaysWithinTheRange() throws {
    let page = rvgk_page_size()
    let size = 4 * page
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    let block = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0))
    defer { munmap(block, size) }
    let bytes = UnsafeMutableRawBufferPointer(start: block, count: size)
    bytes.initializeMemory(as: UInt8.self, repeating: 7)
    // From within the first page to within the third: only the second is whole.
    #expect(rvgk_advise_memory(block + 10, 2 * page, RVGK_ADVICE_DONT_NEED) == 0)
    #expect(bytes[0] == 7 && bytes[page - 1] == 7)
    #expect(bytes[page] == 0 && bytes[2 * page - 1] == 0)
    #expect(bytes[2 * page] == 7 && bytes[3 * page] == 7)
    #expect(rvgk_advise_memory(block + 1, page - 2, RVGK_ADVICE_DONT_NEED) == 0)
    #expect(bytes[1] == 7)
    // A count that was computed below zero must not drop everything above the block.
    #expect(rvgk_advise_memory(block, -1, RVGK_ADVICE_DONT_NEED) == EINVAL)
    #expect(rvgk_advise_memory(block, -4096, RVGK_ADVICE_DONT_NEED) == EINVAL)
    #expect(bytes[0] == 7)
    #expect(rvgk_advise_memory(nil, 0, RVGK_ADVICE_DONT_NEED) == 0)
  }

  @Test func peakMemoryCanBeReset() throws {
    let before = rvgk_read_process_memory()
    #expect(before.peak_resident_bytes >= before.resident_bytes || before.resident_bytes > 0)
    let size = 256 << 20
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    let block = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0))
    memset(block, 1, size)
    let during = rvgk_read_process_memory()
    munmap(block, size)
    #expect(during.peak_resident_bytes >= Int64(size))
    // Where the system allows it, the peak falls; other tests' memory stays below this block's.
    if rvgk_reset_peak_resident() == 0 {
      let after = rvgk_read_process_memory()
      #expect(after.peak_resident_bytes < during.peak_resident_bytes - Int64(size) / 2)
    }
  }

  @Test func statusFilesAreParsed() throws {
    let good = try TemporaryFolder([
      "status": "Name:\tVmHWM: 1 kB\nXVmHWM:\t 5 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n"
    ])
    let memory = rvgk_read_process_memory_in(good.path + "/status")
    #expect(memory.peak_resident_bytes == 2_097_152 && memory.resident_bytes == 1_048_576)
    for text in [
      "", "VmHWM", "VmHWM:", "VmHWM: x kB", "VmHWM: 5 MB", "VmHWM: -5 kB", "VmHWM: 5",
      "VmHWM: 99999999999999999999999 kB\n", "VmHWM: 9223372036854775807 kB\n",
    ] {
      let tree = try TemporaryFolder(["status": text])
      #expect(
        rvgk_read_process_memory_in(tree.path + "/status").peak_resident_bytes == -1, "\(text)")
    }
    #expect(rvgk_read_process_memory_in("/nonexistent").resident_bytes == -1)
    #expect(rvgk_read_process_memory_in(nil).resident_bytes == -1)
  }

  @Test func usageAndSymbols() {
    let usage = rvgk_read_resource_usage(RVGK_USAGE_PROCESS)
    #expect(usage.peak_resident_bytes > 0 && usage.minor_faults > 0)
    #expect(usage.user_nanoseconds + usage.system_nanoseconds > 0)
    #expect(rvgk_find_symbol("malloc") != nil)
    #expect(rvgk_find_symbol("no_such_symbol_anywhere") == nil)
    #expect(rvgk_find_symbol(nil) == nil)
  }
}
