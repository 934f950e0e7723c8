import CAllocationProbe
import COpenBLAS
import CPlatform
import Foundation
import RepVGG
import Testing

private typealias Block = UnsafeMutableRawPointer

/// The allocation functions as a shared library finds them: by their names, so that the compiler
/// cannot leave out a pair of calls whose block it can do without.
private struct Allocator {
  let malloc: @convention(c) (Int) -> Block?
  let calloc: @convention(c) (Int, Int) -> Block?
  let realloc: @convention(c) (Block?, Int) -> Block?
  let reallocarray: @convention(c) (Block?, Int, Int) -> Block?
  let memalign: @convention(c) (Int, Int) -> Block?
  let alignedAlloc: @convention(c) (Int, Int) -> Block?
  let posixMemalign: @convention(c) (UnsafeMutablePointer<Block?>, Int, Int) -> Int32
  let valloc: @convention(c) (Int) -> Block?
  let free: @convention(c) (Block?) -> Void
  let mmap: @convention(c) (Block?, Int, Int32, Int32, Int32, Int) -> Block?
  let mmap64: @convention(c) (Block?, Int, Int32, Int32, Int32, Int) -> Block?
  let mremap: @convention(c) (Block?, Int, Int, Int32) -> Block?

  init() throws {
    func find<Function>(_ name: String, _ type: Function.Type) throws -> Function {
      unsafeBitCast(try #require(rvgk_find_symbol(name)), to: type)
    }
    malloc = try find("malloc", (@convention(c) (Int) -> Block?).self)
    calloc = try find("calloc", (@convention(c) (Int, Int) -> Block?).self)
    realloc = try find("realloc", (@convention(c) (Block?, Int) -> Block?).self)
    reallocarray = try find("reallocarray", (@convention(c) (Block?, Int, Int) -> Block?).self)
    memalign = try find("memalign", (@convention(c) (Int, Int) -> Block?).self)
    alignedAlloc = try find("aligned_alloc", (@convention(c) (Int, Int) -> Block?).self)
    posixMemalign = try find(
      "posix_memalign", (@convention(c) (UnsafeMutablePointer<Block?>, Int, Int) -> Int32).self)
    valloc = try find("valloc", (@convention(c) (Int) -> Block?).self)
    free = try find("free", (@convention(c) (Block?) -> Void).self)
    typealias Map = @convention(c) (Block?, Int, Int32, Int32, Int32, Int) -> Block?
    mmap = try find("mmap", Map.self)
    mmap64 = try find("mmap64", Map.self)
    mremap = try find("mremap", (@convention(c) (Block?, Int, Int, Int32) -> Block?).self)
  }
}

/// Regions of one thread are exact whatever other tests do; that of all threads is one for the whole
/// process, so its tests follow each other and allow for the calls of others.
@Suite(
  .serialized, .enabled(if: rvgk_probe_is_built(), "a sanitizer replaces the allocator itself")
) struct AllocationProbeTests {
  private let allocator: Allocator

  init() throws { allocator = try Allocator() }

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
    let a = allocator
    var block: Block?
    let counts = countThread {
      block = a.malloc(100)
      block = a.realloc(block, 200)
      a.free(block)
      block = a.calloc(10, 30)
      a.free(block)
      block = a.alignedAlloc(64, 128)
      a.free(block)
      _ = a.posixMemalign(&block, 64, 500)
      a.free(block)
      block = a.memalign(32, 96)
      a.free(block)
      block = a.valloc(1000)
      a.free(block)
      block = a.reallocarray(nil, 7, 11)
      a.free(block)
      a.free(nil)
    }
    #expect(counts.allocation_count == 8)
    let bytes: [Int64] = [100, 200, 300, 128, 500, 96, 1000, 77]
    #expect(counts.allocated_bytes == bytes.reduce(0, +))
    #expect(counts.free_count == 7)
    #expect(counts.mapping_count == 0)
  }

  @Test func blocksAreWhatWasAskedFor() throws {
    let a = allocator
    let zeros = try #require(a.calloc(100, 10))
    #expect((0..<1000).allSatisfy { zeros.load(fromByteOffset: $0, as: UInt8.self) == 0 })
    zeros.storeBytes(of: 9, toByteOffset: 999, as: UInt8.self)
    let moved = try #require(a.realloc(zeros, 1 << 20))
    #expect(moved.load(fromByteOffset: 999, as: UInt8.self) == 9)
    a.free(moved)
    var aligned: Block?
    #expect(a.posixMemalign(&aligned, 4096, 10) == 0)
    #expect(Int(bitPattern: aligned) % 4096 == 0)
    a.free(aligned)
    let other = a.alignedAlloc(256, 512)
    #expect(other != nil && Int(bitPattern: other) % 256 == 0)
    a.free(other)
  }

  @Test func refusedRequestsCountNothing() {
    let a = allocator
    var block: Block?
    var refusals = 0
    let counts = countThread {
      if a.malloc(Int.max) == nil { refusals += 1 }
      if a.calloc(Int.max, 8) == nil { refusals += 1 }
      if a.reallocarray(nil, Int.max, 8) == nil { refusals += 1 }
      if a.posixMemalign(&block, 3, 8) == EINVAL { refusals += 1 }
      if a.posixMemalign(&block, 64, Int.max) == ENOMEM { refusals += 1 }
      if a.mmap(nil, 0, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED { refusals += 1 }
    }
    #expect(refusals == 6 && block == nil)
    #expect(counts.allocation_count == 0 && counts.mapping_count == 0)
  }

  @Test func countsMappings() {
    let a = allocator
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    var first: UInt8 = 0
    let counts = countThread {
      var block = a.mmap(nil, 8192, PROT_READ | PROT_WRITE, flags, -1, 0)
      block?.storeBytes(of: 5, as: UInt8.self)
      // May move (MREMAP_MAYMOVE is 1).
      block = a.mremap(block, 8192, 40960, 1)
      first = block?.load(as: UInt8.self) ?? 0
      munmap(block, 40960)
      block = a.mmap64(nil, 4096, PROT_READ | PROT_WRITE, flags, -1, 0)
      munmap(block, 4096)
    }
    #expect(first == 5)
    #expect(counts.mapping_count == 3)
    #expect(counts.mapped_bytes == 8192 + 40960 + 4096)
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

  @Test func countsInsideALibrary() throws {
    // LAPACKE brings OpenBLAS, which other tests of this process expect to have one thread.
    _ = try BLASRuntime.open()
    var functions = rvgk_lapacke()
    let reason = rvgk_open_lapacke(&functions).map { String(cString: $0) }
    try #require(reason == nil)
    // LAPACKE copies row-major matrices: in its own shared library.
    var matrix: [Double] = [2, 0, 0, 4]
    var right: [Double] = [2, 8]
    var pivots: [rvgk_lapack_int] = [0, 0]
    var status: rvgk_lapack_int = -1
    let counts = countThread {
      matrix.withUnsafeMutableBufferPointer { a in
        right.withUnsafeMutableBufferPointer { b in
          pivots.withUnsafeMutableBufferPointer { p in
            status = functions.dgesv(
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
    let a = allocator
    #expect(rvgk_probe_begin())
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let block = a.malloc(size)
      block?.storeBytes(of: 1, as: UInt8.self)
      a.free(block)
      done.signal()
    }
    done.wait()
    let counts = rvgk_probe_end()
    #expect(counts.allocated_bytes >= size)
    #expect(counts.allocation_count >= 1 && counts.free_count >= 1)
    // A thread's region does not see the others.
    let own = countThread { a.free(a.malloc(24)) }
    #expect(own.allocation_count == 1 && own.allocated_bytes == 24)
  }

  @Test func regionsOpenOnce() {
    #expect(rvgk_probe_begin())
    #expect(!rvgk_probe_begin())
    allocator.free(allocator.malloc(16))
    #expect(rvgk_probe_end().allocation_count >= 1)
    #expect(rvgk_probe_end().allocation_count == 0)
    #expect(rvgk_probe_begin_thread())
    #expect(!rvgk_probe_begin_thread())
    _ = rvgk_probe_end_thread()
    allocator.free(allocator.malloc(16))
    #expect(rvgk_probe_end_thread().allocation_count == 0)
  }
}
