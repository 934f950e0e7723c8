import Glibc
import Synchronization

/// Blocks of packed weights in the order in which a run reads them.
///
/// Immutable: plans share it.
final class PackedBuffer: Sendable {
  let form: Form
  /// Where the blocks start, in their order.
  let offsets: [Int]
  let byteCount: Int
  private let blocks: [PackedBlock]
  private let memory: AlignedBuffer

  /// Readable bytes after the last weight, for kernels that fetch ahead.
  private static let fetchedByteCount = 128 << 10
  /// Weights of a step start on a cache line.
  static let alignment = 64

  /// The first byte; aligned to a page.
  var bytes: UnsafeMutableRawPointer { memory.bytes }

  /// Evaluates and packs all weights, several blocks at a time.
  ///
  /// - Throws: `badData` for weights that are not finite, `outOfMemory`, `cancelled`.
  init(
    _ weights: [PlanBuilder.PendingWeights], form: Form, threadCount: Int,
    cancellation: Cancellation
  ) throws(RepVGGError) {
    self.form = form
    blocks = weights.map(\.block)
    var offsets: [Int] = []
    var end = 0
    for block in blocks {
      offsets.append(end)
      end += block.byteCount.roundedUp(to: Self.alignment)
    }
    self.offsets = offsets
    byteCount = end
    memory = try AlignedBuffer(byteCount: end + Self.fetchedByteCount)
    try Self.pack(
      weights, offsets, into: memory.bytes, threadCount: threadCount, cancellation: cancellation)
  }

  /// Where a block of a plan of the same network and form is; nil where it is not here.
  ///
  /// One whose bytes depend on the input's shape is packed and compared.
  func offset(of weights: PlanBuilder.PendingWeights) throws(RepVGGError) -> Int? {
    let block = weights.block
    guard block.packing == nil else { return blocks.firstIndex(of: block).map { offsets[$0] } }
    let places = blocks.indices.filter { blocks[$0] == block }
    guard !places.isEmpty else { return nil }
    let own = try AlignedBuffer(byteCount: block.byteCount)
    try weights.pack(own.bytes)
    let place = places.first { memcmp(own.bytes, bytes + offsets[$0], block.byteCount) == 0 }
    withExtendedLifetime(own) {}
    return place.map { offsets[$0] }
  }

  private static func pack(
    _ weights: [PlanBuilder.PendingWeights], _ offsets: [Int],
    into packed: UnsafeMutableRawPointer, threadCount: Int, cancellation: Cancellation
  ) throws(RepVGGError) {
    let failure = Mutex<(index: Int, error: RepVGGError)?>(nil)
    let next = Atomic<Int>(0)
    let pool = try ThreadPool(workerCount: min(threadCount, max(1, weights.count)))
    // The allocator reserves memory for a thread when it first asks: before the question below.
    pool.run { _ in free(malloc(1)) }
    let working = weights.map(\.workingByteCount).sorted().suffix(pool.workerCount).reduce(0, +)
    try MemoryCheck.checkAvailable(working, for: "merging and packing weights")
    pool.run { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < weights.count, failure.withLock({ $0 == nil }) else { return }
        do throws(RepVGGError) {
          try cancellation.check()
          try weights[index].pack(packed + offsets[index])
        } catch {
          failure.withLock { first in
            if first.map({ index < $0.index }) ?? true { first = (index, error) }
          }
        }
      }
    }
    if let (_, error) = failure.withLock({ $0 }) { throw error }
  }
}
