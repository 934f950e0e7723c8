import CAllocationProbe
import COpenBLAS
import CPlatform
import Foundation
import Testing

/// Where a block goes so that the compiler cannot do without it.
private nonisolated(unsafe) var keptBlock: UnsafeMutableRawPointer?

/// Regions of one thread are exact whatever other tests do; that of all threads is one for the whole
/// process, so its tests follow each other and allow for the calls of others.
@Suite(.serialized) struct AllocationProbeTests {
  // What the overlay does not import, as a shared library would find it.
  private static let memalign = unsafeBitCast(
    rvgk_find_symbol("memalign"), to: (@convention(c) (Int, Int) -> UnsafeMutableRawPointer?)?.self)
  private static let mmap64 = unsafeBitCast(
    rvgk_find_symbol("mmap64"),
    to: (@convention(c) (
      UnsafeMutableRawPointer?, Int, Int32, Int32, Int32, Int
    ) -> UnsafeMutableRawPointer?)?.self)

  private func countThread(_ body: () -> Void) -> rvgk_probe_counts {
    // Nothing else within the region: an expectation's own temporaries would be counted.
    let isOpen = rvgk_probe_begin_thread()
    body()
    let counts = rvgk_probe_end_thread()
    #expect(isOpen)
    return counts
  }

  @Test func interpositionReachesSharedLibraries() {
    #expect(rvgk_probe_is_active())
  }

  @Test func countsTheMallocFamily() {
    #expect(Self.memalign != nil)
    let counts = countThread {
      keptBlock = malloc(100)
      keptBlock = realloc(keptBlock, 200)
      free(keptBlock)
      keptBlock = calloc(10, 30)
      free(keptBlock)
      keptBlock = aligned_alloc(64, 128)
      free(keptBlock)
      posix_memalign(&keptBlock, 64, 500)
      free(keptBlock)
      keptBlock = Self.memalign?(32, 96)
      free(keptBlock)
      keptBlock = valloc(1000)
      free(keptBlock)
      keptBlock = reallocarray(nil, 7, 11)
      free(keptBlock)
      free(nil)
    }
    #expect(counts.allocation_count == 8)
    let bytes: [Int64] = [100, 200, 300, 128, 500, 96, 1000, 77]
    #expect(counts.allocated_bytes == bytes.reduce(0, +))
    #expect(counts.free_count == 7)
    #expect(counts.mapping_count == 0)
  }

  @Test func refusedRequestsCountNothing() {
    // Not a literal, which the compiler would judge.
    let excessive = Int.max - ProcessInfo.processInfo.processorCount
    let counts = countThread {
      keptBlock = malloc(excessive)
      if keptBlock == nil { keptBlock = calloc(excessive, 8) }
      if keptBlock == nil { keptBlock = reallocarray(nil, excessive, 8) }
      _ = posix_memalign(&keptBlock, 3, 8)
    }
    #expect(keptBlock == nil)
    #expect(counts.allocation_count == 0)
  }

  @Test func countsMappings() {
    // Statics are made on first use, which allocates.
    #expect(Self.mmap64 != nil)
    let counts = countThread {
      let flags = MAP_PRIVATE | MAP_ANONYMOUS
      var block = mmap(nil, 8192, PROT_READ | PROT_WRITE, flags, -1, 0)
      block?.storeBytes(of: 5, as: UInt8.self)
      munmap(block, 8192)
      block = Self.mmap64?(nil, 4096, PROT_READ | PROT_WRITE, flags, -1, 0)
      munmap(block, 4096)
    }
    #expect(counts.mapping_count == 2)
    #expect(counts.mapped_bytes == 12288)
    #expect(counts.allocation_count == 0)
  }

  @Test func countsASwiftArray() {
    let length = 1000 + ProcessInfo.processInfo.processorCount
    var total = 0
    let counts = countThread {
      let array = [Int](repeating: 3, count: length)
      total = array.withUnsafeBufferPointer { $0.reduce(0, &+) }
    }
    #expect(total == 3 * length)
    #expect(counts.allocation_count >= 1)
    #expect(counts.allocated_bytes >= 8 * length)
  }

  @Test func countsInsideALibrary() {
    // LAPACKE copies row-major matrices: in its own shared library.
    var matrix: [Float] = [2, 0, 0, 4]
    var right: [Float] = [2, 8]
    var pivots: [rvgk_lapack_int] = [0, 0]
    var status: rvgk_lapack_int = -1
    let counts = countThread {
      matrix.withUnsafeMutableBufferPointer { a in
        right.withUnsafeMutableBufferPointer { b in
          pivots.withUnsafeMutableBufferPointer { p in
            status = LAPACKE_sgesv(
              LAPACK_ROW_MAJOR, 2, 1, a.baseAddress, 2, p.baseAddress, b.baseAddress, 1)
          }
        }
      }
    }
    #expect(status == 0 && right == [1, 2])
    #expect(counts.allocation_count >= 2)
  }

  @Test func aLoopWithoutAllocationsCountsNone() {
    let values = UnsafeMutableBufferPointer<Int>.allocate(capacity: 1000)
    values.initialize(repeating: 1)
    defer { values.deallocate() }
    var total = 0
    let counts = countThread {
      var index = 0
      while index < 1000 {
        total &+= values[index]
        index += 1
      }
    }
    #expect(total == 1000)
    #expect(counts.allocation_count == 0 && counts.allocated_bytes == 0)
    #expect(counts.free_count == 0 && counts.mapping_count == 0)
  }

  @Test func allThreadsLoopCountsNoneOnceOthersRest() {
    // Other tests allocate meanwhile; what the loop itself asked for would show every time.
    var least = Int64.max
    var total = 0
    for _ in 0..<20_000 where least > 0 {
      guard rvgk_probe_begin() else { continue }
      var index = 0
      while index < 50 {
        total &+= index
        index += 1
      }
      let counts = rvgk_probe_end()
      least = min(least, counts.allocation_count + counts.mapping_count)
    }
    #expect(least == 0)
    #expect(total > 0)
  }

  @Test func countsOtherThreads() throws {
    let size = 123_456_789
    #expect(rvgk_probe_begin())
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let block = malloc(size)
      block?.storeBytes(of: 1, as: UInt8.self)
      free(block)
      done.signal()
    }
    done.wait()
    let counts = rvgk_probe_end()
    #expect(counts.allocated_bytes >= size)
    #expect(counts.allocation_count >= 1 && counts.free_count >= 1)
    // A thread's region does not see the others.
    let own = countThread {
      keptBlock = malloc(24)
      free(keptBlock)
    }
    #expect(own.allocation_count == 1 && own.allocated_bytes == 24)
  }

  @Test func regionsOpenOnce() {
    #expect(rvgk_probe_begin())
    #expect(!rvgk_probe_begin())
    keptBlock = malloc(16)
    free(keptBlock)
    #expect(rvgk_probe_end().allocation_count >= 1)
    #expect(rvgk_probe_end().allocation_count == 0)
    #expect(rvgk_probe_begin_thread())
    #expect(!rvgk_probe_begin_thread())
    _ = rvgk_probe_end_thread()
    keptBlock = malloc(16)
    free(keptBlock)
    #expect(rvgk_probe_end_thread().allocation_count == 0)
  }
}
