import RepVGG
import Synchronization
import Testing

@Suite struct BLASRuntimeTests {
  @Test func isOpenedWithOneThread() throws {
    let library = try BLASRuntime.open()
    let description = library.description
    #expect(!description.isHosts)
    #expect(library.functions.get_num_threads() == 1)
    #expect(description.core != "unknown")
    #expect(description.version.first?.isNumber == true)
    #expect(description.configuration.contains(description.version))
  }
}

@Suite struct ThreadPoolTests {
  /// Workers add to a counter in rounds and read it behind each barrier.
  private struct Job {
    let pool: Unmanaged<ThreadPool>
    let rounds: Int
    let counter: UnsafeMutablePointer<Atomic<Int>>
    let failures: UnsafeMutablePointer<Atomic<Int>>
  }

  @Test(arguments: [1, 2, 3, 5]) func barriersSeparateRounds(workers: Int) throws {
    let pool = try ThreadPool(workerCount: workers)
    let counter = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 2)
    counter.initialize(to: Atomic(0))
    (counter + 1).initialize(to: Atomic(0))
    defer { counter.deallocate() }
    var job = Job(
      pool: .passUnretained(pool), rounds: 200, counter: counter, failures: counter + 1)
    for _ in 0..<20 {
      withUnsafeMutablePointer(to: &job) { job in
        pool.run(UnsafeMutableRawPointer(job)) { context, _ in
          let job = context.assumingMemoryBound(to: Job.self).pointee
          job.pool._withUnsafeGuaranteedRef { pool in
            let start = job.counter.pointee.load(ordering: .acquiring)
            pool.barrier()
            for round in 1...job.rounds {
              job.counter.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing)
              pool.barrier()
              let expected = start + round * pool.workerCount
              if job.counter.pointee.load(ordering: .acquiring) != expected {
                job.failures.pointee.wrappingAdd(1, ordering: .relaxed)
              }
              pool.barrier()
            }
          }
        }
      }
    }
    #expect(counter.pointee.load(ordering: .acquiring) == 20 * 200 * workers)
    #expect((counter + 1).pointee.load(ordering: .acquiring) == 0)
  }

  @Test func countsOutOfRangeAreRefused() {
    for count in [0, -1, 100_000] {
      #expect(throws: RepVGGError.self) { try ThreadPool(workerCount: count) }
    }
  }
}

@Suite struct AlignedBufferTests {
  @Test func isZeroedAndAligned() throws {
    for count in [0, 1, 1000, 3_000_000] {
      let buffer = try AlignedBuffer(elementCount: count)
      #expect(UInt(bitPattern: buffer.base) % 4096 == 0)
      #expect((0..<count).allSatisfy { buffer.base[$0] == 0 })
    }
  }

  @Test func sizesThatCannotBeHadAreErrors() {
    for count in [-1, Int.max, 1 << 45] {
      #expect(throws: RepVGGError.self) { _ = try AlignedBuffer(elementCount: count) }
    }
  }
}
