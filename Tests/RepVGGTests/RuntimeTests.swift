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
  /// Workers add to a counter in rounds and read it after each barrier.
  private final class Job: PoolJob {
    static let rounds = 200
    let pool: ThreadPool
    let counter = Atomic(0)
    let failures = Atomic(0)

    init(_ pool: ThreadPool) { self.pool = pool }

    func work(_ worker: Int) {
      let start = counter.load(ordering: .acquiring)
      pool.barrier()
      for round in 1...Self.rounds {
        counter.wrappingAdd(1, ordering: .acquiringAndReleasing)
        pool.barrier()
        let expected = start + round * pool.workerCount
        if counter.load(ordering: .acquiring) != expected {
          failures.wrappingAdd(1, ordering: .relaxed)
        }
        pool.barrier()
      }
    }
  }

  @Test(arguments: [1, 2, 3, 5]) func barriersSeparateRounds(workers: Int) throws {
    let pool = try ThreadPool(workerCount: workers)
    let job = Job(pool)
    for _ in 0..<20 { pool.run(job) }
    #expect(job.counter.load(ordering: .acquiring) == 20 * Job.rounds * workers)
    #expect(job.failures.load(ordering: .acquiring) == 0)
  }

  /// No item is left out or done twice, and shares differ by one item at most.
  @Test func sharesOfWorkersPartitionTheWork() {
    for (total, count) in [(0, 1), (0, 3), (1, 4), (7, 3), (12, 4), (1000, 7)] {
      let shares = (0..<count).map { workerShare(total, worker: $0, count: count) }
      #expect(shares.flatMap(Array.init) == Array(0..<total))
      #expect(shares.allSatisfy { total / count...total.dividedRoundingUp(by: count) ~= $0.count })
    }
  }

  @Test func countsAreRoundedUp() {
    #expect([0, 1, 16, 17].map { $0.roundedUp(to: 16) } == [0, 16, 16, 32])
    #expect([0, 1, 16, 17].map { $0.dividedRoundingUp(by: 16) } == [0, 1, 1, 2])
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
