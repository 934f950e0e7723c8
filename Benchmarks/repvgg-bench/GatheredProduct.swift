import COpenBLAS
import RepVGG

/// A convolution of any odd kernel size as im2col and sgemm, outside of the engine.
///
/// Every worker gathers the patches of its rows and multiplies them.
final class GatheredProduct: PoolJob {
  private let edge: Int
  private let channels: Int
  private let kernelSize: Int
  private let pool: ThreadPool
  private let blas: BLASRuntime.Library
  private let source: AlignedBuffer
  private let kernel: AlignedBuffer
  private let patches: AlignedBuffer
  private let result: AlignedBuffer

  private var depth: Int { kernelSize * kernelSize * channels }
  private var pitch: Int { edge + kernelSize - 1 }

  init(
    edge: Int, channels: Int, kernelSize: Int, threadCount: Int, cpus: [Int]
  ) throws(RepVGGError) {
    blas = try BLASRuntime.open()
    self.edge = edge
    self.channels = channels
    self.kernelSize = kernelSize
    pool = try ThreadPool(workerCount: threadCount, cpus: cpus)
    let depth = kernelSize * kernelSize * channels
    let padded = edge + kernelSize - 1
    source = try AlignedBuffer(elementCount: padded * padded * channels)
    kernel = try AlignedBuffer(elementCount: depth * channels)
    patches = try AlignedBuffer(elementCount: edge * edge * depth)
    result = try AlignedBuffer(elementCount: edge * edge * channels)
    for index in 0..<source.elementCount { source.base[index] = Float(index % 13) * 0.1 - 0.6 }
    for index in 0..<kernel.elementCount { kernel.base[index] = Float(index % 17) * 0.001 }
  }

  func run() {
    pool.run(self)
  }

  func work(_ worker: Int) {
    let rows = workerShare(edge, worker: worker, count: pool.workerCount)
    guard !rows.isEmpty else { return }
    let rowLength = kernelSize * channels
    for y in rows {
      for x in 0..<edge {
        let patch = patches.base + (y * edge + x) * depth
        for tap in 0..<kernelSize {
          let start = source.base + ((y + tap) * pitch + x) * channels
          (patch + tap * rowLength).update(from: start, count: rowLength)
        }
      }
    }
    blas.functions.sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows.count * edge),
      blasint(channels), blasint(depth), 1, patches.base + rows.lowerBound * edge * depth,
      blasint(depth),
      kernel.base, blasint(channels), 0, result.base + rows.lowerBound * edge * channels,
      blasint(channels))
  }
}
