import CKernels
import Measurement
import RepVGG
import ToolSupport

/// What the cores can compute and the memory can deliver, measured.
///
/// A layer that does `i` operations a byte cannot exceed `min(peak, i * bandwidth)` (Williams,
/// Waterman and Patterson, CACM 52(4), 2009).
struct Roofline: Sendable {
  let threadCount: Int
  /// Billions of multiplications and additions a second of a register-blocked product whose
  /// operands are in the first-level cache.
  let peakGigaflops: Double
  /// Bytes a nanosecond of reading a buffer that fits no cache.
  let gigabytesPerSecond: Double

  /// Billions of operations a second that a layer of this intensity can reach.
  func ceiling(operationsPerByte: Double) -> Double {
    min(peakGigaflops, operationsPerByte * gigabytesPerSecond)
  }

  /// Measures both for a number of threads, within about a second.
  static func measured(threadCount: Int, cpus: [Int] = []) throws -> Roofline {
    let pool = try ThreadPool(workerCount: threadCount, cpus: cpus)
    return try Pinning.pinned(to: cpus.first) {
      Roofline(
        threadCount: threadCount, peakGigaflops: try PeakProduct(pool).gigaflops(),
        gigabytesPerSecond: try StreamRead(pool).gigabytesPerSecond())
    }
  }
}

/// The shortest of some turns, in nanoseconds, after one to warm up.
///
/// They take a quarter of a second at least: the system may start all threads on one CPU, and needs
/// dozens of milliseconds to see it.
private func shortest(turns: Int, _ work: () -> Void) -> Double {
  let clock = MonotonicClock()
  var best = UInt64.max
  work()
  let first = clock.nowNanoseconds()
  var turn = 0
  while turn < turns || clock.nowNanoseconds() - first < 250_000_000 {
    let start = clock.nowNanoseconds()
    work()
    best = min(best, clock.nowNanoseconds() - start)
    turn += 1
  }
  return Double(max(1, best))
}

/// One register block of the engine's product, again and again from the first-level cache.
private final class PeakProduct: PoolJob {
  private static let depth = 96
  private static let lines = 2048
  private let pool: ThreadPool
  private let kernels = Kernels.selected
  private let width: Int
  private let rows: Int
  private let memory: AlignedBuffer

  init(_ pool: ThreadPool) throws(RepVGGError) {
    self.pool = pool
    width = kernels.preferredPanel
    rows = kernels.blockRowCount(panelWidth: width)
    let share = ((rows + width) * Self.depth + rows * width).roundedUp(to: 1024)
    memory = try AlignedBuffer(elementCount: share * pool.workerCount)
    for index in 0..<memory.elementCount { memory.base[index] = Float(index % 7) * 0.01 }
  }

  func gigaflops() -> Double {
    let nanoseconds = shortest(turns: 40) { pool.run(self) }
    let operations = 2 * rows * width * Self.depth * Self.lines * pool.workerCount
    return Double(operations) / nanoseconds
  }

  func work(_ worker: Int) {
    let base = memory.base + worker * (memory.elementCount / pool.workerCount)
    let panel = UnsafePointer(base)
    let pixels = panel + width * Self.depth
    let products = base + (width + rows) * Self.depth
    var offset = 0
    withUnsafePointer(to: &offset) { offsets in
      var task = rvgk_gemm_task(
        a: pixels, a_row_stride: Self.depth, a_line_stride: 0, a_image_stride: 0,
        tap_offsets: offsets, tap_count: 1, depth: Int32(Self.depth), b: panel,
        panel_width: Int32(width), columns: Int32(width), rows: Int32(rows),
        line_count: Int32(Self.lines), first_line: 0, lines_per_image: Int32(Self.lines),
        init: nil, init_row_stride: 0, init_line_stride: 0, init_image_stride: 0, c: products,
        c_row_stride: width, c_line_stride: 0, c_image_stride: 0, bias: nil, identity: nil,
        identity_scale: nil, activation: nil, prefetch_distance_bytes: 0)
      kernels.table.pointee.gemm(&task)
    }
  }
}

/// Reads of a buffer that is larger than the caches, each worker its share.
private final class StreamRead: PoolJob {
  private static let byteCount = 256 << 20
  private let pool: ThreadPool
  private let memory: AlignedBuffer
  /// What the sums came to, so that they are computed; a cache line apart.
  private let sums: AlignedBuffer

  init(_ pool: ThreadPool) throws(RepVGGError) {
    self.pool = pool
    memory = try AlignedBuffer(elementCount: Self.byteCount / 4)
    sums = try AlignedBuffer(elementCount: 16 * pool.workerCount)
    memory.base.update(repeating: 1, count: memory.elementCount)
  }

  func gigabytesPerSecond() -> Double {
    let nanoseconds = shortest(turns: 5) { pool.run(self) }
    return Double(Self.byteCount) / nanoseconds
  }

  func work(_ worker: Int) {
    let source = UnsafeRawPointer(memory.base).assumingMemoryBound(to: SIMD16<Float>.self)
    var (a, b, c, d) = (
      SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero
    )
    let blocks = memory.elementCount / 64
    for block in workerShare(blocks, worker: worker, count: pool.workerCount) {
      let place = source + 4 * block
      a += place[0]
      b += place[1]
      c += place[2]
      d += place[3]
    }
    sums.base[16 * worker] = (a + b + c + d).sum()
  }
}
