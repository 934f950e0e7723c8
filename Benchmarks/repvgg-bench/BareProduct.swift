import COpenBLAS
import RepVGG

/// The sgemm calls of layers, on operands that are there already.
///
/// Every worker multiplies its share of the pixels, as a layer does.
final class BareProduct {
  private let shapes: [ConvolutionShape]
  private let pool: ThreadPool
  private let blas: BLASRuntime.Library
  private let pixels: AlignedBuffer
  private let kernels: [OwnedBuffer]
  private let results: AlignedBuffer

  /// An owner of one buffer: arrays hold no noncopyable values.
  private final class OwnedBuffer {
    let buffer: AlignedBuffer
    init(elementCount: Int) throws(RepVGGError) {
      buffer = try AlignedBuffer(elementCount: elementCount)
      for index in 0..<elementCount { buffer.base[index] = Float(index % 17) * 0.01 - 0.08 }
    }
  }

  private struct Job {
    let product: Unmanaged<BareProduct>
    let index: Int
  }

  init(_ shapes: [ConvolutionShape], threadCount: Int) throws(RepVGGError) {
    blas = try BLASRuntime.open()
    self.shapes = shapes
    pool = try ThreadPool(workerCount: threadCount)
    pixels = try AlignedBuffer(
      elementCount: shapes.map { $0.pixelCount * $0.tapCount }.max() ?? 0)
    results = try AlignedBuffer(
      elementCount: shapes.map { $0.pixelCount * $0.destination.channels }.max() ?? 0)
    var kernels: [OwnedBuffer] = []
    for shape in shapes {
      kernels.append(
        try OwnedBuffer(elementCount: shape.tapCount * shape.destination.channels))
    }
    self.kernels = kernels
    for index in 0..<pixels.elementCount { pixels.base[index] = Float(index % 13) * 0.1 - 0.6 }
  }

  /// Multiplies one layer's operands.
  func run(_ index: Int) {
    var job = Job(product: .passUnretained(self), index: index)
    withUnsafeMutablePointer(to: &job) { job in
      pool.run(UnsafeMutableRawPointer(job)) { context, worker in
        let job = context.assumingMemoryBound(to: Job.self).pointee
        job.product._withUnsafeGuaranteedRef { $0.multiply(job.index, worker: worker) }
      }
    }
  }

  private func multiply(_ index: Int, worker: Int) {
    let shape = shapes[index]
    let (depth, columns) = (shape.tapCount, shape.outputChannelsPerGroup)
    let first = shape.pixelCount * worker / pool.workerCount
    let rows = shape.pixelCount * (worker + 1) / pool.workerCount - first
    guard rows > 0 else { return }
    for group in 0..<shape.groups {
      blas.functions.sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(depth),
        1, pixels.base + first * depth, blasint(depth),
        kernels[index].buffer.base + group * depth * columns, blasint(columns), 0,
        results.base + first * shape.destination.channels + group * columns,
        blasint(shape.destination.channels))
    }
  }
}
